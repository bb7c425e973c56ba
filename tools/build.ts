// Builds the package in the current folder: declarations by tsc, JavaScript by a bundler. Usage: node ../../tools/build.ts
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "./bundle.ts";

const folder = process.cwd();
rmSync(join(folder, "dist"), { recursive: true, force: true }); // nothing of an older build may be published
const tsc = join(import.meta.dirname, "../node_modules/.bin/tsc");
const { status } = spawnSync(tsc, ["-b"], { stdio: "inherit" });
if (status === 0) await bundle(folder);
else process.exitCode = 1;

import { once } from "node:events";
import { isAbstractRuntimeError } from "@abstractruntime/core/store";
import { FileStore } from "../src/index.ts";

/** Opens the folder that it is told, says how that went, and holds it until it is killed or its input ends. */
const [dir = ""] = process.argv.slice(2);
process.stdout.write("ready\n");
await once(process.stdin, "data");
try {
  await using store = await FileStore.open(dir);
  process.stdout.write(`opened ${store.dir}\n`);
  await once(process.stdin, "end");
} catch (error) {
  process.stdout.write(`${isAbstractRuntimeError(error) ? error.code : String(error)}\n`);
}
process.exit(0);

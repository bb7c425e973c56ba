import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { MemoryStore, Runtime, toMermaid, type Workflow } from "../packages/core/src/index.ts";
import { scriptedEffect, VirtualClock } from "../packages/testkit/src/index.ts";
import { codeBlocks } from "./markdown.ts";

const root = join(import.meta.dirname, "..");
const blocks = codeBlocks(
  readFileSync(join(root, "docs/how-to/draw-and-check-a-workflow.md"), "utf8"),
);
const pictures = blocks.filter(({ language }) => language === "mermaid").map(({ code }) => code);

/** The workflow of the page's first block of code. */
async function orderOfPage(): Promise<Workflow> {
  const code = blocks.find(({ language }) => language === "ts")?.code ?? "";
  const folder = join(root, "node_modules/.cache/picture-page");
  const core = pathToFileURL(join(root, "packages/core/src/index.ts")).href;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "order.ts");
  writeFileSync(file, code.replace('"@abstractruntime/core"', JSON.stringify(core)));
  const { order } = (await import(pathToFileURL(file).href)) as { readonly order: Workflow };
  return order;
}

it("shows the pictures that its code draws", async () => {
  const order = await orderOfPage();
  const clock = new VirtualClock();
  const pack = scriptedEffect({ type: "pack", outcomes: [{ result: 1 }] });
  const runtime = new Runtime({ store: new MemoryStore({ clock }), clock, effects: [pack] });
  const run = await runtime.start(order);
  await clock.advance(60_000);
  await run.tick();
  await runtime.emitEvent("paid", {});
  const state = await run.run();
  const records = await run.ledger();
  expect(pictures).toEqual([toMermaid(order), toMermaid(order, { run: { state, records } })]);
});

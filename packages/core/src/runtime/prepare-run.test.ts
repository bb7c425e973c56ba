import { describe, expect, it } from "vitest";
import { complete, defineWorkflow, MemoryStore, Runtime } from "../index.ts";
import { prepareRun } from "./prepare-run.ts";

const greet = defineWorkflow({
  id: "greet",
  entry: "end",
  nodes: { end: (run) => complete(`hello ${run.vars.name}`) },
});

describe("prepareRun", () => {
  it("makes the run that start makes without driving it", async () => {
    const store = new MemoryStore();
    await using runtime = new Runtime({ store, workflows: [greet] });
    const options = { vars: { name: "you" }, actorId: "a", sessionId: "s" };
    await runtime.start(greet, { ...options, id: "started", drive: false });
    await store.create(await prepareRun(greet, { ...options, id: "prepared" }));
    const [started, prepared] = await Promise.all([
      runtime.getState("started"),
      runtime.getState("prepared"),
    ]);
    const own = { runId: "", createdAt: "", updatedAt: "", nonce: "" };
    expect({ ...prepared, ...own }).toEqual({ ...started, ...own });
    expect((await runtime.run("prepared")).output).toBe("hello you");
  });

  it.each([
    ["invalid_id", { id: "a/b" }],
    ["invalid_argument", { sessionId: "x".repeat(1_001) }],
    ["invalid_json_value", { vars: { at: new Date(0) } }],
  ])("refuses what start refuses: %s", async (code, options) => {
    await expect(prepareRun(greet, options)).rejects.toMatchObject({ code });
  });
});

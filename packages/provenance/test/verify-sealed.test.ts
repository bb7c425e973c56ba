import { MemoryStore } from "@abstractruntime/core";
import { expect, it } from "vitest";
import { encrypt, hashChain, verifyRun } from "../src/index.ts";
import { keys } from "./support/encrypted-world.ts";
import { changed, storeWorld } from "./support/store-world.ts";

it("a run is verified in the chained store, and in the one that decrypts it", async () => {
  const chained = hashChain(new MemoryStore());
  const store = encrypt(chained, { keys });
  const { start, commit } = storeWorld(store);
  const { runId } = (await start({ secret: "a", list: [1] })).run;
  await commit(runId, changed({ op: "add", path: "/list/-", value: { deep: "b" } }));
  for (const readable of [chained, store])
    expect(await verifyRun(readable, runId)).toMatchObject({ ok: true, compared: { state: true } });
});

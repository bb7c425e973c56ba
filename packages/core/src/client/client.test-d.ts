// Compiled, not run: what must compile, and what must not.
import { expectTypeOf } from "vitest";
import type { Client, ClientRun, DurableStore } from "../index.ts";
import { createClient } from "../index.ts";

export async function uses(client: Client, store: DurableStore): Promise<void> {
  const run = await client.start<{ receipt: string }>("order", { input: { cents: 5 }, id: "a" });
  expectTypeOf(run).toEqualTypeOf<ClientRun<{ receipt: string }>>();
  expectTypeOf(await run.result({ timeoutMs: 5 })).toEqualTypeOf<{ receipt: string }>();
  expectTypeOf(await (await client.start("order")).result()).toBeAny();
  expectTypeOf(await client.handle<number>("a").result()).toEqualTypeOf<number>();
  await client.emitEvent("e", 1, { scope: "session", sessionId: "s", eventId: "d" });
  // @ts-expect-error -- whose session?
  await client.emitEvent("e", 1, { scope: "session" });
  // @ts-expect-error -- a client never drives
  await client.emitEvent("e", 1, { drive: true });
  // @ts-expect-error -- a client never drives
  await run.resume("yes", { waitId: "w", drive: true });
  // @ts-expect-error -- the start's word is input
  await client.start("order", { vars: {} });
  // @ts-expect-error -- a workflow is named by its id
  await client.start({ id: "order" });
  // @ts-expect-error -- a client has no workflows
  createClient({ store, workflows: [] });
}

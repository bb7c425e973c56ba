import { MemoryStore, Runtime } from "@abstractruntime/core";
import { expect, it } from "vitest";
import { BullFleet } from "./bull-fleet.ts";
import type { FleetOptions } from "./fleet-options.ts";

const good = {
  runtime: new Runtime({ store: new MemoryStore() }),
  connection: "redis://127.0.0.1:1",
};

it.each<[string, { readonly [Name in keyof FleetOptions]?: unknown }]>([
  ["runtime: give a Runtime", { runtime: {} }],
  ["connection: give a URL", { connection: "somewhere" }],
  ["connection: give a URL", { connection: undefined }],
  ["connection: give a URL", { connection: null }],
  ['queue is "a:b": give a name without a colon', { queue: "a:b" }],
  ['queue is ""', { queue: "" }],
  ['prefix is ""', { prefix: "" }],
  ["concurrency is -1: give a whole number from 0", { concurrency: -1 }],
  ["concurrency is 1.5", { concurrency: 1.5 }],
  ["maxQueued is 0: give a whole number from 1", { maxQueued: 0 }],
  ["pollIntervalMs is 1: give a whole number from 10", { pollIntervalMs: 1 }],
  ["stepsPerTurn is 0", { stepsPerTurn: 0 }],
  ['unhandledEffects is "wait": give fail or put_off', { unhandledEffects: "wait" }],
  ["keptJobs is null", { keptJobs: Number.NaN }],
  ['priorities["a"] is 0: give a whole number from 1 to 2097151', { priorities: { a: 0 } }],
  ['priorities["a"] is 3000000', { priorities: { a: 3_000_000 } }],
  ["rateLimit.max is 0", { rateLimit: { max: 0, durationMs: 1 } }],
  ["rateLimit.durationMs is 0", { rateLimit: { max: 1, durationMs: 0 } }],
  ["give this process one thing to do", { concurrency: 0, dispatch: false }],
])("refuses bad options: %s", (message, bad) => {
  const options: unknown = { ...good, ...bad };
  expect(() => new BullFleet(options as FleetOptions)).toThrow(message);
});

it("connects to nothing before it starts, and can be stopped then", async () => {
  const fleet = new BullFleet(good);
  expect(fleet.health).toEqual({
    isRunning: false,
    reachesRedis: false,
    lastDispatchAt: null,
    error: null,
  });
  await fleet.stop();
});

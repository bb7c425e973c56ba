export * from "./fixtures/drafts.ts";
export * from "./fixtures/messages.ts";
export { newRun, type NewRunOptions } from "./fixtures/new-run.ts";
export { nextChange, type NextChangeOptions } from "./fixtures/next-change.ts";
export { describeDurableStore } from "./durable-store/describe-durable-store.ts";
export { claimRequest, type StorePlace, type StoreUnderTest } from "./durable-store/store-world.ts";
export type { CaseContext, Expect, Matchers, TestRunner } from "./runner.ts";

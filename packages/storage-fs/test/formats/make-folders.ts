import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createClient,
  createSnapshot,
  putJson,
  type JsonObject,
  type Message,
} from "@abstractruntime/core";
import { sequentialIds } from "@abstractruntime/testkit";
import { newFork } from "@abstractruntime/testkit/conformance";
import { legacy, Maker } from "./maker.ts";
import { firstVersion } from "./workflows.ts";

/** Runs of every kind and status, in a folder that was closed. */
export async function makeClosedFolder(dir: string): Promise<void> {
  const maker = await Maker.open(dir);
  await makeEnds(maker);
  await makeWaits(maker);
  await makeFamilies(maker);
  await makeMessages(maker);
  await makeVersions(maker);
  await makeInterruptions(maker);
  await makeForks(maker);
  await makeNamed(maker);
  await makeExtras(maker);
  await maker.close();
}

/** Runs that waited or worked when their process was killed. */
export async function makeCrashedFolder(dir: string): Promise<void> {
  await inScratch(async (scratch) => {
    const maker = await Maker.open(scratch);
    for (const type of ["safe", "idempotent", "never"]) await maker.abandon(type, type);
    for (const id of ["event", "user", "time", "subworkflow"]) await maker.start(id);
    await maker.start("walks", { maxSteps: 2 });
    await maker.start("chat", { vars: chatOf(20) });
    await maker.start("subworkflows", { vars: { items: [1, 2] } });
    await maker.runtime.updateLimits(legacy.adopted, { max_iterations: 7 });
    await maker.store.deliver("user", event("unread"));
    await maker.store.publish({ message: event("kept"), expiresAt: "2026-12-31T00:00:00.000Z" });
    await copyOpen(scratch, dir);
    await maker.close();
  });
}

/** A process was killed in the middle of a commit that starts a child. */
export async function makeHalfwayFolder(dir: string): Promise<void> {
  await inScratch(async (scratch) => {
    let isCopied = false;
    const maker = await Maker.open(scratch, async (point) => {
      if (point !== "commit:synced" || isCopied || !(await hasIntent(scratch))) return;
      isCopied = true;
      await copyOpen(scratch, dir);
    });
    await maker.start("subworkflow", { drive: false });
    await maker.runtime.tick("subworkflow");
    await maker.close();
    if (!isCopied) throw new Error("no commit had an intent");
  });
}

async function inScratch(work: (scratch: string) => Promise<void>): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "abstractruntime-format-"));
  try {
    await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A folder as a crash of its process would leave it, but for the lock. */
function copyOpen(scratch: string, dir: string): Promise<void> {
  return cp(scratch, dir, { recursive: true, filter: (name) => !name.endsWith(".lock") });
}

async function hasIntent(dir: string): Promise<boolean> {
  return (await readdir(dir)).some((name) => /^intent_.*\.json$/.test(name));
}

async function makeEnds(maker: Maker): Promise<void> {
  const { runtime, clock } = maker;
  for (const id of ["walks", "fails", "throws", "broken"]) await maker.start(id);
  await maker.start("user", { id: "cancelled" });
  await runtime.cancelRun("cancelled", "nobody wants it", { by: "ada" });
  await maker.start("user", { id: "answered" });
  await runtime.resume("answered", "yes", { waitId: await maker.waitId("answered"), by: "ada" });
  await maker.start("unknown", { id: "settled" });
  await runtime.settle("settled", await maker.waitId("settled"), { happened: "it did" });
  await maker.start("unknown", { id: "given-up" });
  await runtime.settle("given-up", await maker.waitId("given-up"), "give_up", { by: "ada" });
  for (const id of ["events", "flaky"]) await maker.start(id, { id: `${id}-later` });
  await clock.advance(3_600_000);
  for (const id of ["events", "flaky"]) await runtime.tick(`${id}-later`);
}

async function makeWaits(maker: Maker): Promise<void> {
  const { runtime, store, clock } = maker;
  for (const id of ["event", "events", "user", "time", "any", "job", "flaky", "unknown"])
    await maker.start(id);
  await maker.start("child", { actorId: "ada", sessionId: "s", parentRunId: "event" });
  await maker.start("spends", {
    vars: { _limits: { max_iterations: 25, budget_cost: 0.2, enforce: true } },
  });
  await maker.start("chat", { vars: chatOf(20) });
  await maker.start("user", { id: "paused-wait" });
  await runtime.pauseRun("paused-wait", { by: "ada" });
  await maker.start("time", { id: "unpaused" });
  await runtime.pauseRun("unpaused");
  await runtime.unpauseRun("unpaused");
  await maker.start("walks", { id: "paused", drive: false });
  await runtime.pauseRun("paused");
  await maker.start("walks", { id: "due", drive: false });
  await maker.start("walks", { id: "moved", maxSteps: 1 });
  await maker.start("never", { id: "stuck", drive: false });
  for (let claim = 0; claim < 10; claim += 1) {
    const request = { owner: "dead", leaseMs: 1, limit: 1, leaseIds: [`dead-${claim}`] };
    await store.claimDue({ ...request, runIds: ["stuck"] });
    await clock.advance(1);
  }
  await runtime.tick("stuck");
}

async function makeFamilies(maker: Maker): Promise<void> {
  const { runtime } = maker;
  for (const id of ["subworkflow", "detached", "branches"]) await maker.start(id);
  await maker.start("subworkflows", { vars: { items: ["a", "b", "c"] } });
  const first = await maker.childOf("subworkflows");
  await runtime.resume(first, "first", { waitId: await maker.waitId(first) });
}

async function makeMessages(maker: Maker): Promise<void> {
  const { runtime, store } = maker;
  await store.deliver("event", event("unread"));
  await store.deliver("user", answer("over"));
  await runtime.tick("user");
  await store.publish({ message: event("kept"), expiresAt: "2026-12-31T00:00:00.000Z" });
}

/** Runs of 0.2.0, and of an older version of their workflow. */
async function makeVersions(maker: Maker): Promise<void> {
  const { runtime, store } = maker;
  await runtime.updateLimits(legacy.adopted, { max_iterations: 7 }, { by: "ada" });
  const older = maker.process({ workflows: [firstVersion] });
  for (const id of ["to-migrate", "migrated", "migrated-open"])
    await older.start(firstVersion, { id });
  await runtime.resume("migrated", "first", { waitId: await maker.waitId("migrated") });
  await store.deliver("migrated-open", answer("over"));
  await runtime.tick("migrated-open");
}

/** Processes died in the middle of effects, and others took over. */
async function makeInterruptions(maker: Maker): Promise<void> {
  const { runtime, store, clock } = maker;
  for (const type of ["idempotent", "never"]) await maker.abandon(type, `interrupted-${type}`);
  await clock.advance(30_001);
  for (const type of ["idempotent", "never"]) await runtime.tick(`interrupted-${type}`);
  await maker.start("chat", { id: "late", vars: chatOf(1) });
  await store.deliver("late", outcome("late:1"));
  await runtime.tick("late");
}

/** Runs that were started by the id of their workflow: one has begun, one has not. */
async function makeNamed({ runtime, store, clock }: Maker): Promise<void> {
  const client = createClient({ store, clock, ids: sequentialIds(90), closesStore: false });
  await client.start("walks", { id: "entered", input: { asked: "by id" }, version: "1" });
  await client.start("walks", { id: "not-entered" });
  await runtime.tick("entered", { maxSteps: 1 });
  await client.close();
}

/** A copy of a run that went another way. */
async function makeForks({ store }: Maker): Promise<void> {
  const commitId = "fork-of-moved";
  const at = { at: "2026-01-01T02:00:00.000Z", wakeAt: "2026-01-01T02:00:00.000Z" };
  const fork = newFork("moved", await store.records("moved"), { runId: "forked", commitId, ...at });
  await store.create(fork);
}

/** What stands beside runs. */
async function makeExtras({ runtime, store, clock }: Maker): Promise<void> {
  const kept = { runId: "chat", tags: { kind: "sample" } };
  await putJson(store.artifacts, { large: [true] }, kept);
  const run = await runtime.getState("chat");
  const tags = ["kept"];
  const snapshot = createSnapshot({ run, name: "enough?", tags, ids: sequentialIds(99), clock });
  await store.snapshots.save(snapshot);
}

function chatOf(count: number): JsonObject {
  const messages = Array.from({ length: count }, (_, n) => ({
    role: "user",
    content: `message ${n} `.padEnd(200, "."),
  }));
  return { context: { messages } };
}

const sent = { by: "tester", sentAt: "2026-01-01T00:00:00.000Z" };

function event(key: string): Extract<Message, { kind: "event" }> {
  return { ...sent, kind: "event", messageId: `event-${key}`, key, payload: { key } };
}

function answer(waitId: string): Message {
  return { ...sent, kind: "answer", messageId: `answer-${waitId}`, waitId, payload: "too late" };
}

function outcome(stepId: string): Message {
  const messageId = `${stepId}:1:outcome`;
  return { ...sent, kind: "outcome", messageId, stepId, attempt: 1, result: "again", error: null };
}

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { newKernel, type TestKernel } from "../../test/kernel.ts";
import { createdBody, firstStep, intentBody, times, waitOf } from "../../test/records.ts";
import type { InboxMessage, Message } from "../inbox/message.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { InboxReader } from "./inbox-reader.ts";
import { RunWriter } from "./run-writer.ts";

const workflow = (answers = {}): Workflow =>
  defineWorkflow<string>({
    id: "w",
    entry: "first",
    nodes: { first: () => complete(1), second: () => complete(2) },
    answers,
  });
const sent = { by: null, sentAt: times.startedAt } as const;
const answer = (payload: number | string): Message => ({
  kind: "answer",
  messageId: `answer ${payload}`,
  waitId: "wait-1",
  payload,
  ...sent,
});
const event = (messageId: string, key: string): Message => ({
  kind: "event",
  messageId,
  key,
  payload: messageId,
  ...sent,
});
const control = (kind: "pause" | "unpause", messageId: string): Message => ({
  kind,
  messageId,
  ...sent,
});
const cancel: Message = { kind: "cancel", messageId: "cancel", reason: "r", ...sent };
const waits: RecordBody = { kind: "waiting", ...firstStep, wait: waitOf() };

/** A reader of a held run that waits for the key `k`. */
async function readerOf(kernel: TestKernel, code: Workflow | null) {
  const lease = { leaseId: "mine", owner: "me", leaseMs: 30_000 };
  const writer = new RunWriter(
    kernel,
    lease,
    { runId: "run", actorId: null, sessionId: null },
    false,
  );
  writer.add([createdBody(), intentBody(), waits]);
  await writer.flush({ keepLease: true });
  return { writer, inbox: new InboxReader(kernel, writer, { workflow: code }) };
}

const placed = (...messages: readonly Message[]): readonly InboxMessage[] =>
  messages.map((message, index) => ({ position: index + 1, message }));

describe("InboxReader", () => {
  it("lets the first of several answers win, and refuses the others", async () => {
    const { writer, inbox } = await readerOf(newKernel(), workflow());
    inbox.receive(placed(answer("first"), answer("second")));
    await inbox.read();
    expect(writer.run).toMatchObject({ status: "running", vars: { result: "first" } });
    expect(writer.run.seq).toBe(3 + 2);
    expect(inbox.isEmpty).toBe(true);
  });

  it("keeps events for later waits, and reads each message once", async () => {
    const { writer, inbox } = await readerOf(newKernel(), workflow());
    inbox.receive(placed(event("other", "later"), event("e", "k")));
    inbox.receive(placed(event("other", "later"), event("e", "k")));
    await inbox.read();
    expect(writer.run.seq).toBe(3 + 1);
    expect(writer.run.vars).toEqual({ result: "e" });
    expect(inbox.isEmpty).toBe(false);
    expect(writer.inboxSeq).toBe(2);
  });

  it("reads nothing more once the run has ended", async () => {
    const { writer, inbox } = await readerOf(newKernel(), workflow());
    inbox.receive(placed(cancel, answer("late")));
    await inbox.read();
    expect(writer.run.status).toBe("cancelled");
    expect(writer.run.seq).toBe(3 + 1);
  });

  it("knows what came while it read, and stops where a commit would become too large", async () => {
    const { writer, inbox } = await readerOf(newKernel(), workflow());
    const refusals = Array.from({ length: 1_500 }, (_, index) => answer(`late-${index}`));
    inbox.receive(placed(answer("first"), ...refusals));
    expect(inbox.hasNews).toBe(true);
    await inbox.read();
    expect(writer.isFull).toBe(true);
    expect(inbox.hasNews).toBe(true);
    await writer.flush({ keepLease: true });
    await inbox.read();
    expect(inbox).toMatchObject({ hasNews: false, isEmpty: true });
    const reading = inbox.read();
    inbox.receive([{ position: 2_000, message: event("new", "k") }]);
    await reading;
    expect(inbox.hasNews).toBe(true);
  });

  it("has no news of what came while it waited, and was read by the same reading", async () => {
    const { writer, inbox } = await readerOf(newKernel(), workflow({ first: z.coerce.number() }));
    inbox.receive(placed(answer("3")));
    const reading = inbox.read();
    inbox.receive([{ position: 2, message: control("pause", "p") }]);
    await reading;
    expect(writer.run).toMatchObject({ paused: true, vars: { result: 3 } });
    expect(inbox).toMatchObject({ hasNews: false, isEmpty: true });
  });

  it("asks the workflow's schema what an answer is, and notes what it refuses", async () => {
    const { writer, inbox } = await readerOf(newKernel(), workflow({ first: z.coerce.number() }));
    inbox.receive(placed(answer("many"), answer("3")));
    await inbox.read();
    expect(writer.run).toMatchObject({ status: "running", vars: { result: 3 } });
    expect(writer.run.seq).toBe(3 + 2);
  });

  it("leaves answers to drivers with the workflow's code, and reads the rest", async () => {
    const { writer, inbox } = await readerOf(newKernel(), null);
    inbox.receive(placed(answer("yes"), control("pause", "p")));
    await inbox.read();
    expect(writer.run).toMatchObject({ status: "waiting", paused: true });
    expect(inbox.isEmpty).toBe(false);
  });

  it("knows whether a message stops an attempt", async () => {
    const { inbox } = await readerOf(newKernel(), workflow());
    expect(inbox.stop).toBeNull();
    inbox.receive(placed(control("pause", "p")));
    expect(inbox.stop).toBe("pause");
    inbox.receive([{ position: 2, message: control("unpause", "u") }]);
    expect(inbox.stop).toBeNull();
    inbox.receive([{ position: 3, message: cancel }]);
    expect(inbox.stop).toBe("cancel");
  });

  it("fetches what the store has beyond what was read", async () => {
    const kernel = newKernel();
    const { writer, inbox } = await readerOf(kernel, workflow());
    expect(await inbox.fetch()).toBe(false);
    await kernel.memory.deliver("run", control("pause", "p"));
    expect(await inbox.fetch()).toBe(true);
    expect(await inbox.fetch()).toBe(false);
    expect(writer.inboxSeq).toBe(1);
  });
});

import type { CancelMessage, InboxMessage, JoinDueMessage, Message } from "../inbox/message.ts";
import { answersWait, onMessage, type CheckedAnswer } from "../inbox/on-message.ts";
import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { copyJson } from "../json/copy-json.ts";
import type { JsonValue } from "../json/json-value.ts";
import { isDecided } from "../join/join.ts";
import { bookUpward } from "../limits/book-upward.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { validate } from "../schema/validate.ts";
import { isAnswer } from "../wait/any-wait.ts";
import type { Wait } from "../wait/wait.ts";
import type { Workflow } from "../workflow/workflow.ts";
import type { DriveStart } from "./drive-start.ts";
import { effectNotHandled } from "./effect-not-handled.ts";
import { FamilyCancel } from "./family-cancel.ts";
import { JoinKeeper } from "./join-keeper.ts";
import type { Kernel } from "./kernel.ts";
import type { RunWriter } from "./run-writer.ts";

type ReaderStart = Pick<DriveStart, "workflow" | "leavesUnhandled"> &
  Partial<Pick<DriveStart, "maxSteps">>;

/** The unconsumed messages of one held run, and what they do to it. */
export class InboxReader {
  readonly #kernel: Kernel;
  readonly #writer: RunWriter;
  readonly #workflow: Workflow | null;
  readonly #leavesUnhandled: boolean;
  /** Whether no handler is called, so that what needs one that is missing here is nobody's failure yet. */
  readonly #onlyAttends: boolean;
  readonly #joins: JoinKeeper;
  readonly #family: FamilyCancel;
  readonly #messages: InboxMessage[] = [];
  /** Ids of all that ever came: what was consumed may come again, by an answer of the store that was on its way. */
  readonly #known = new Set<string>();
  #hasNews = false;

  constructor(
    kernel: Kernel,
    writer: RunWriter,
    { workflow, leavesUnhandled = false, maxSteps }: ReaderStart,
  ) {
    this.#kernel = kernel;
    this.#writer = writer;
    this.#workflow = workflow;
    this.#leavesUnhandled = leavesUnhandled;
    this.#onlyAttends = maxSteps === 0;
    this.#joins = new JoinKeeper(kernel, writer);
    this.#family = new FamilyCancel(kernel, writer);
  }

  /** Messages that the store told of. Known ones are skipped. */
  receive(messages: readonly InboxMessage[]): void {
    for (const item of messages) {
      this.#writer.readUpTo(item.position);
      const { messageId } = item.message;
      if (!this.#known.has(messageId)) this.#insert(item);
      this.#known.add(messageId);
    }
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /**
   * Whether messages came that `read` may not have looked at. A run must not be let go, or an effect begun, over them. What
   * comes while `read` waits for something is mostly read by it, too.
   */
  get hasNews(): boolean {
    return this.#hasNews && !this.isEmpty;
  }

  /** Read what the store has beyond what was read. @returns whether there was anything. */
  async fetch(): Promise<boolean> {
    const messages = await this.#kernel.store.readInbox(this.#writer.run.runId, {
      after: this.#writer.inboxSeq,
    });
    this.receive(messages);
    return messages.length > 0;
  }

  /** Whether a message is there that stops an attempt, and how. */
  get stop(): "cancel" | "pause" | null {
    const kinds = this.#messages.map(({ message }) => message.kind);
    if (kinds.includes("cancel")) return "cancel";
    return kinds.lastIndexOf("pause") > kinds.lastIndexOf("unpause") ? "pause" : null;
  }

  /**
   * Let every message do to the run what it does now, in order of position; what is for later stays. What a pause kept
   * goes before what came after it. Ends early when the writer is full.
   */
  async read(): Promise<void> {
    this.#hasNews = false;
    for (let index = 0; index < this.#messages.length;) {
      const item = this.#messages[index];
      if (item === undefined || isEnded(this.#writer.run)) return;
      if (this.#writer.isFull) {
        this.#hasNews = true;
        return;
      }
      if (!(await this.#consume(item.message))) index += 1;
      else {
        this.#messages.splice(this.#messages.indexOf(item), 1);
        if (item.message.kind === "unpause") index = 0;
      }
    }
  }

  /** Two answers of the store may overtake each other. */
  #insert(item: InboxMessage): void {
    const before = this.#messages.findLastIndex(({ position }) => position <= item.position);
    this.#messages.splice(before + 1, 0, item);
    this.#hasNews = true;
  }

  async #consume(message: Message): Promise<boolean> {
    const { run } = this.#writer;
    if (message.kind === "join_due" && message.waitId === run.waiting?.waitId)
      return this.#onJoinDue(message, run.waiting);
    const wait = answersWait(run, message);
    if (wait !== null && this.#workflow === null) {
      this.#writer.leaveUnread();
      return false;
    }
    const checked =
      wait === null || !("payload" in message) || !isAnswer(wait, message)
        ? undefined
        : await this.#check(wait, run, message.payload);
    const now = this.#kernel.clock.now();
    const bodies = onMessage(run, message, now, checked);
    if (bodies === null) return false;
    this.#writer.add(bodies);
    if (message.kind === "cancel") await this.#onCancelled(message);
    return true;
  }

  async #onCancelled({ by, reason }: CancelMessage): Promise<void> {
    await this.#family.tell(by, reason);
    const booked = await bookUpward(this.#kernel.store, this.#writer.run);
    if (booked !== null) this.#writer.addMessage(booked);
  }

  async #onJoinDue(message: JoinDueMessage, wait: Wait): Promise<boolean> {
    const { run } = this.#writer;
    if (run.paused || wait.join === null) return false;
    const isKnown = this.#joins.knows(wait.join);
    if (!isKnown && this.#leavesUnhandled && !this.#onlyAttends) {
      if (this.stop === "cancel") return false; // it is read next
      throw effectNotHandled(run, wait.join.joinedBy ?? "");
    }
    const isForAll = isDecided(wait.join, message) && isKnown;
    if (this.#workflow === null ? !isForAll : this.#onlyAttends && !isKnown) {
      this.#writer.leaveUnread();
      return false;
    }
    this.#writer.add(await this.#joins.onDue(wait, wait.join, message));
    return true;
  }

  async #check(wait: Wait, run: RunState, payload: JsonValue): Promise<CheckedAnswer | undefined> {
    const schema = this.#workflow?.answerSchemas.get(run.currentNode);
    if (schema === undefined) return undefined;
    try {
      return { value: copyJson(await validate(schema, payload, "answer"), "answer") };
    } catch (error) {
      if (!isAbstractRuntimeError(error)) throw error;
      const { code, message } = error;
      return {
        refused: { code, message, nodeId: run.currentNode, stepId: wait.stepId, attempt: null },
      };
    }
  }

  /** The run's wait ends by its time: children that it waits for are to be told. */
  async cancelLosers(wait: Wait): Promise<void> {
    const { runId } = this.#writer.run;
    if (wait.join !== null)
      await this.#joins.cancelLosers(wait, `run ${runId} does not wait for it any more`);
  }

  /** The run was cancelled: see that nothing below it escaped. */
  tellLate(): Promise<void> {
    return this.#family.tellLate();
  }
}

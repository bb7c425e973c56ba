import {
  type AddressedMessage,
  decodeMessage,
  decodeRecord,
  encodeMessage,
  Fields,
  foldRun,
  impliedWakeAt,
  type JsonObject,
  type NewRun,
  renderRecord,
} from "@abstractruntime/core/store";
import { corruptBy } from "../folder/corrupt.ts";

/** What a commit of one run does beside writing that run's ledger. Done if the ledger has the commit, else dropped. */
export interface Intent {
  readonly runId: string;
  readonly commitId: string;
  /** Whether the commit adopts a run of 0.2.0, whose run file is to be replaced. */
  readonly adopts: boolean;
  /** Runs to create, those that they create themselves after them. */
  readonly children: readonly NewRun[];
  /** Messages to deliver, those that the children send after the others. */
  readonly messages: readonly AddressedMessage[];
}

/** What a write does elsewhere, the children of its children included. */
export function elsewhereOf(
  write: Pick<NewRun, "children" | "messages">,
): Pick<Intent, "children" | "messages"> {
  const below = write.children.map(elsewhereOf);
  return {
    children: [...write.children, ...below.flatMap(({ children }) => children)],
    messages: [...write.messages, ...below.flatMap(({ messages }) => messages)],
  };
}

/** All runs that an intent touches. */
export function runIdsOf({
  runId,
  children,
  messages,
}: Omit<Intent, "adopts" | "commitId">): readonly string[] {
  return [runId, ...children.map((child) => child.run.runId), ...messages.map((to) => to.runId)];
}

export function renderIntent(intent: Intent): string {
  const fields: JsonObject = {
    run_id: intent.runId,
    commit_id: intent.commitId,
    adopts: intent.adopts,
    children: intent.children.map(encodeChild),
    messages: intent.messages.map(({ runId, message }) => ({
      run_id: runId,
      message: encodeMessage(message),
    })),
  };
  return JSON.stringify(fields);
}

function encodeChild({ commitId, texts, records }: NewRun): JsonObject {
  if (texts === undefined) return { commit_id: commitId, records: records.map(renderRecord) };
  return { commit_id: commitId, records: texts, skipped: texts.length - records.length };
}

/** @throws store_corrupt */
export function parseIntent(text: string, file: string): Intent {
  try {
    const fields = new Fields(JSON.parse(text), file);
    return {
      runId: fields.text("run_id"),
      commitId: fields.text("commit_id"),
      adopts: fields.flag("adopts", false),
      children: fields.list("children").map((child) => readChild(new Fields(child, file), file)),
      messages: fields.list("messages").map((item) => {
        const to = new Fields(item, file);
        return { runId: to.text("run_id"), message: decodeMessage(to.value("message"), file) };
      }),
    };
  } catch (error) {
    throw corruptBy(file, 0, error);
  }
}

/** Leases end with the process that held them; what the child asks of drivers, its state says. */
function readChild(fields: Fields, file: string): NewRun {
  const texts = fields.texts("records");
  const records = texts
    .slice(fields.count("skipped", 0, 0))
    .map((text) => decodeRecord(text, file));
  const commitId = fields.text("commit_id");
  const run = foldRun(records);
  const wakeAt = impliedWakeAt(run, run.updatedAt, false);
  const child = { run, commitId, records, lease: null, wakeAt, children: [], messages: [] };
  return fields.has("skipped") ? { ...child, texts } : child;
}

import { isAbstractRuntimeError, type Logger } from "@abstractruntime/core/store";
import { idIn, intentFile } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";
import { type Intent, parseIntent, renderIntent } from "./intent.ts";

/** Intents of commits that touch several runs: on disk before the commit, and until all of it is done. One per run. */
export class Journal {
  readonly #folder: Folder;
  readonly #open = new Map<string, Intent>();

  constructor(folder: Folder) {
    this.#folder = folder;
  }

  /** The intent of a commit of this run that is written and not yet all done. */
  get(runId: string): Intent | undefined {
    return this.#open.get(runId);
  }

  all(): readonly Intent[] {
    return [...this.#open.values()];
  }

  /** Write an intent; from the commit on it must be carried out. */
  async begin(intent: Intent): Promise<void> {
    await this.#folder.replace(intentFile(intent.runId), renderIntent(intent));
    await this.#folder.reach("intent:written");
    this.#open.set(intent.runId, intent);
  }

  /** It is all done, or its commit never came. */
  async end(runId: string): Promise<void> {
    await this.#folder.remove(intentFile(runId));
    this.#open.delete(runId);
    await this.#folder.reach("intent:removed");
  }

  /** Read what an earlier process left. An intent that can't be read was never whole, so its commit never came. */
  async recover(names: readonly string[], logger: Logger): Promise<void> {
    for (const name of names) {
      if (idIn(name, "intent_", ".json") === undefined) continue;
      const bytes = await this.#folder.read(name);
      if (bytes === undefined) continue;
      try {
        const intent = parseIntent(bytes.toString("utf8"), this.#folder.file(name));
        this.#open.set(intent.runId, intent);
      } catch (error) {
        if (!isAbstractRuntimeError(error, "store_corrupt")) throw error;
        logger.error("store.intent_damaged", { file: name, message: error.message });
      }
    }
  }
}

import type { FileHandle } from "node:fs/promises";
import { claimsFile } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";
import { linesOf } from "../folder/lines.ts";
import type { RunEntry } from "../index/run-entry.ts";
import type { RunIndex } from "../index/run-index.ts";

/** Size at which the file is written anew with what still counts. */
const maxBytes = 1024 * 1024;

/**
 * How often runs were claimed since their last commit, so that a run that kills its driver is counted to the end.
 *
 * Notes are written before a driver gets its run, and not synced: they outlive the process, which is what such a run
 * ends. A note counts as long as the run is at the commit that it names.
 */
export class ClaimNotes {
  readonly #folder: Folder;
  readonly #index: RunIndex;
  #handle: FileHandle | null = null;
  #bytes = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(folder: Folder, index: RunIndex) {
    this.#folder = folder;
    this.#index = index;
  }

  /** Note the claims of these runs. */
  note(entries: readonly RunEntry[]): Promise<void> {
    const text = entries.map(render).join("");
    this.#last = this.#last.catch(() => {}).then(() => this.#write(text));
    return this.#last;
  }

  /** Give runs the claims that an earlier process noted, and begin the file anew. */
  async recover(): Promise<void> {
    const bytes = (await this.#folder.read(claimsFile)) ?? Buffer.alloc(0);
    for (const { text = "" } of linesOf(bytes)) {
      const note = parse(text);
      const entry = note && this.#index.get(note.run_id);
      if (entry !== undefined && entry.commitId === note?.commit_id) entry.claims = note.claims;
    }
    if (bytes.length > 0) await this.#rewrite();
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#handle?.close();
    this.#handle = null;
  }

  async #write(text: string): Promise<void> {
    if (this.#bytes > maxBytes) await this.#rewrite();
    this.#handle ??= await this.#folder.fs.open(this.#folder.file(claimsFile), "a");
    await this.#handle.write(text);
    this.#bytes += text.length;
    await this.#folder.reach("claims:appended");
  }

  async #rewrite(): Promise<void> {
    await this.#handle?.close();
    this.#handle = null;
    const counting = [...this.#index.open()].filter(({ claims }) => claims > 0);
    const text = counting.map(render).join("");
    await this.#folder.replace(claimsFile, text);
    this.#bytes = text.length;
  }
}

interface Note {
  readonly run_id: string;
  readonly commit_id: string;
  readonly claims: number;
}

function render({ runId, commitId, claims }: RunEntry): string {
  const note: Note = { run_id: runId, commit_id: commitId, claims };
  return `${JSON.stringify(note)}\n`;
}

/** A note; undefined for a piece of one. */
function parse(text: string): Note | undefined {
  try {
    const note = JSON.parse(text) as Note;
    return Number.isSafeInteger(note.claims) ? note : undefined;
  } catch {
    return undefined;
  }
}

import { AppendFile } from "../folder/append-file.ts";
import { corruptBy } from "../folder/corrupt.ts";
import { eventsFile } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";
import { linesOf } from "../folder/lines.ts";
import type { OpenFiles } from "../folder/open-files.ts";
import type { TornTail } from "../run/run-on-disk.ts";
import { EventBook } from "./event-book.ts";
import { type EventLine, parseEventLine, renderEventLine } from "./event-lines.ts";

const points = {
  before: "events:before-append",
  appended: "events:appended",
  synced: "events:synced",
} as const;

/** The file is written anew when it is larger than this, and than twice what it was. */
const minCompactBytes = 1024 * 1024;

/** The book of events, on disk: a line is appended before what it says is done. */
export class KeptEventLog {
  readonly book: EventBook = new EventBook();
  readonly #folder: Folder;
  readonly #files: OpenFiles;
  #file: AppendFile;
  #base = 0;

  constructor(folder: Folder, files: OpenFiles) {
    this.#folder = folder;
    this.#files = files;
    this.#file = this.#opened({ size: 0 });
  }

  /** Write down what is about to be done. */
  async append(line: EventLine, now: number): Promise<void> {
    if (this.#file.size > minCompactBytes + 2 * this.#base) await this.#compact(now);
    await this.#file.append(Buffer.from(renderEventLine(line)));
  }

  /**
   * Read what an earlier process left, and begin the file anew.
   *
   * @returns `last`: what it wrote down last, and may not have done; `torn`: what it was writing when it died.
   * @throws store_corrupt
   */
  async recover(
    now: number,
  ): Promise<{ readonly last: EventLine | undefined; readonly torn: TornTail | undefined }> {
    const file = this.#folder.file(eventsFile);
    const bytes = (await this.#folder.read(eventsFile)) ?? Buffer.alloc(0);
    let last: EventLine | undefined;
    let end = 0;
    for (const { text, complete, offset, end: lineEnd } of linesOf(bytes)) {
      try {
        if (!complete || text === undefined) throw new SyntaxError("it has no end");
        last = parseEventLine(text, `${file}, byte ${offset}`);
      } catch (error) {
        if (lineEnd === bytes.length) break;
        throw corruptBy(file, offset, error);
      }
      this.note(last, now);
      end = lineEnd;
    }
    const torn = end < bytes.length ? { file, offset: end, bytes: bytes.length - end } : undefined;
    this.#file = this.#opened({ size: end, cut: torn !== undefined });
    return { last, torn };
  }

  /** Write the file anew, with what still counts. Nothing that was written down may be undone yet. */
  async compactAfterRecovery(now: number): Promise<void> {
    if (this.#file.size > 0) await this.#compact(now);
  }

  /** What a line says is done: note it in the book. */
  note(line: EventLine, now: number): void {
    const { book } = this;
    if (line.kind === "given") return book.give(line.messageId, line.expiresAt, now);
    if (line.kind === "taken") {
      for (const { messageId } of line.messages) this.#release(messageId, now);
      return;
    }
    const { message, expiresAt } = line.event;
    if (line.to.length === 0) book.keep(line.event, now);
    else book.give(message.messageId, expiresAt, now);
  }

  #release(messageId: string, now: number): void {
    const known = this.book.find(messageId, now);
    if (known !== undefined) this.book.give(messageId, known.expiresAt, now);
  }

  async #compact(now: number): Promise<void> {
    let text = "";
    for (const { messageId, kept, expiresAt, expiresMs } of this.book.all()) {
      if (expiresMs <= now) continue;
      text += renderEventLine(
        kept === null
          ? { kind: "given", messageId, expiresAt }
          : { kind: "published", event: { message: kept, expiresAt }, to: [] },
      );
    }
    await this.#folder.replace(eventsFile, text);
    this.#base = Buffer.byteLength(text);
    await this.#file.close();
    this.#file = this.#opened({ size: this.#base });
  }

  #opened(given: { readonly size: number; readonly cut?: boolean }): AppendFile {
    const { size, cut = false } = given;
    const context = { folder: this.#folder, files: this.#files, points };
    return new AppendFile({ name: eventsFile, size, cut }, context);
  }
}

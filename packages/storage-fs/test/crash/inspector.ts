import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { foldRun } from "@abstractruntime/core";
import { verifyStore } from "../../src/index.ts";
import { childFaults, deedFaults } from "./deed-faults.ts";
import { readEvidence } from "./evidence.ts";
import type { Line } from "./job.ts";
import { mirrorFolder } from "./mirror-folder.ts";
import { type Picture, takePicture } from "./picture.ts";

/** Holds one folder, after each kill, against everything that was ever heard or seen of it. */
export class Inspector {
  readonly #dir: string;
  readonly #evidence: string;
  readonly #ledgers = new Map<string, readonly string[]>();
  readonly #committed = new Map<string, number>();
  readonly #accepted = new Map<string, Extract<Line, { kind: "accepted" }>>();
  /** How often the effect of a step that had ended was begun, when its end was first seen. */
  readonly #ended = new Map<string, number>();

  constructor(dir: string, evidence: string) {
    this.#dir = dir;
    this.#evidence = evidence;
  }

  /**
   * Open a copy of the folder as the next process would open the folder itself, which would mend what the next worker is
   * to meet.
   *
   * @returns what is not as it must be
   */
  async inspect(lines: readonly Line[]): Promise<readonly string[]> {
    this.#hear(lines);
    const copy = `${this.#dir}-copy`;
    mirrorFolder(this.#dir, copy);
    const picture = await takePicture(copy);
    const { problems } = await verifyStore(copy);
    return [
      ...problems.map(({ message }) => `after opening and closing: ${message}`),
      ...picture.damaged,
      ...(await this.#strayFiles(copy)),
      ...this.#runFaults(picture),
      ...this.#messageFaults(picture),
      ...childFaults(picture),
      ...deedFaults(picture, readEvidence(this.#evidence), this.#ended),
    ];
  }

  #hear(lines: readonly Line[]): void {
    for (const line of lines) {
      if (line.kind === "committed") this.#committed.set(line.runId, line.revision);
      if (line.kind === "accepted")
        this.#accepted.set(`${line.messageId} ${line.runIds.join(" ")}`, line);
    }
  }

  /** Nothing of unfinished writes is left lying about, but what an opener that lives might be writing. */
  async #strayFiles(dir: string): Promise<readonly string[]> {
    const names = await readdir(dir, { recursive: true });
    const stray = names.filter(
      (name) => /\.tmp$|intent_|\.lock/.test(name) && statSync(join(dir, name)).size > 0,
    );
    return stray.map((name) => `${name} is left over`);
  }

  /** No run is lost, no record of a run is lost or changed, and each state is the fold of its ledger. */
  #runFaults({ runs }: Picture): readonly string[] {
    const faults: string[] = [];
    for (const [runId, revision] of this.#committed) {
      const found = runs.get(runId)?.run.revision ?? 0;
      if (found < revision && !isScratch(runId))
        faults.push(`${runId} was committed at revision ${revision} and is at ${found}`);
    }
    for (const [runId, known] of this.#ledgers)
      if (!runs.has(runId) && known.length > 0 && !isScratch(runId))
        faults.push(`${runId} is lost`);
    for (const [runId, { run, ledger, texts }] of runs) {
      const known = this.#ledgers.get(runId) ?? [];
      if (known.some((text, index) => texts[index] !== text))
        faults.push(`${runId}: its ledger does not begin with what it was`);
      if (!isDeepStrictEqual(foldRun(ledger), run))
        faults.push(`${runId}: the fold of its ledger is not its state`);
      this.#ledgers.set(runId, texts);
    }
    return faults;
  }

  /** What was accepted is unread, kept, or consumed by one record. */
  #messageFaults({ runs, keeps }: Picture): readonly string[] {
    const faults: string[] = [];
    const places = (runId: string, messageId: string): number => {
      const { ledger = [], inbox = [] } = runs.get(runId) ?? {};
      const consumers = ledger.filter((r) => "messageId" in r && r.messageId === messageId);
      const unread = inbox.filter(({ message }) => message.messageId === messageId);
      return consumers.length + unread.length;
    };
    for (const { messageId, runIds } of this.#accepted.values()) {
      for (const runId of runIds) {
        const count = places(runId, messageId);
        if (count !== 1) faults.push(`${runId} has message ${messageId} ${count} times`);
      }
      if (runIds.length > 0) continue;
      const takers = [...runs.keys()].filter((runId) => places(runId, messageId) > 0);
      if (takers.length === 0 && !keeps(messageId)) faults.push(`event ${messageId} is lost`);
    }
    return faults;
  }
}

const isScratch = (runId: string): boolean => runId.startsWith("scratch-");

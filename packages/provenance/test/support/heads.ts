import { toBase64url } from "../../src/sign/base64url.ts";
import type { SealedHead } from "../../src/sign/seal.ts";
import type { Witness } from "../../src/witness/witness.ts";

/** A head with the form of one that was signed. */
export function newHead(change: Partial<SealedHead>): SealedHead {
  return {
    runId: "run-1",
    seq: 1,
    headHash: "ab".repeat(32),
    time: "2026-03-01T09:00:00.000Z",
    keyId: "k1",
    actorId: null,
    signature: toBase64url(new Uint8Array(64).fill(1)),
    ...change,
  };
}

/** A witness in memory, that can be made to fail. */
export class MemoryWitness implements Witness {
  readonly heads: SealedHead[] = [];
  /** Thrown by `submit` while set. */
  failure: Error | null = null;
  /** How often `submit` was called. */
  calls = 0;
  /** When set, `submit` waits for it. */
  gate: Promise<void> | null = null;

  async submit(head: SealedHead): Promise<void> {
    this.calls += 1;
    await this.gate;
    if (this.failure !== null) throw this.failure;
    if (!this.heads.some((kept) => JSON.stringify(kept) === JSON.stringify(head)))
      this.heads.push(head);
  }

  list(runId: string): Promise<readonly SealedHead[]> {
    const ofRun = this.heads.filter((head) => head.runId === runId);
    return Promise.resolve(ofRun.toSorted((one, other) => one.seq - other.seq));
  }
}

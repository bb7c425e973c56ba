import type { Abortable } from "@abstractruntime/core/store";
import type { SealedHead } from "../sign/seal.ts";

/**
 * A place outside of the operator's reach that keeps sealed heads of ledgers. Who holds every key can write a new history and
 * sign it; he can't take back a head that a witness has. So it must be run by somebody else, or write where nobody can erase.
 *
 * `FileWitness` keeps them in a file, `httpWitness` hands them to a server; any object with these two methods will do.
 */
export interface Witness {
  /**
   * Keep a head for good. One that is submitted again is kept once; two that contradict each other are both kept. Resolves
   * when the head is durable. Heads of a run come in order, unless a crash delayed some.
   *
   * @throws witness_unavailable, or anything else: it is submitted again later.
   */
  submit(head: SealedHead, options?: Abortable): Promise<void>;

  /** All heads of a run that are kept, by `seq`; none for an unknown run. */
  list(runId: string, options?: Abortable): Promise<readonly SealedHead[]>;
}

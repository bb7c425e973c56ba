/** Identity and chance. Injected, so that a simulation can repeat itself. */
export interface Ids {
  /** A new run id: unique, safe as a file name. */
  runId(): string;
  /** A new unguessable token (at least 122 random bits): commits, leases, waits, nonces. */
  token(): string;
  /** A number in [0, 1). */
  random(): number;
}

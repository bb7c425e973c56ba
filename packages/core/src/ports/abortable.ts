/** Last argument of port calls. Aborting gives up waiting for the answer; it promises nothing about what was written. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined;
}

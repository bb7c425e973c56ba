import { AbstractRuntimeError } from "@abstractruntime/core";

/**
 * A token that no header takes would be refused at the first call, by an error that quotes it.
 *
 * @throws invalid_argument without the token
 */
export function assertToken(token: unknown): void {
  if (typeof token === "string" && /^[!-~](?:[ -~]{14,}[!-~])$/.test(token)) return;
  throw new AbstractRuntimeError(
    "invalid_argument",
    "token: give a secret of at least 16 printable ASCII characters, without spaces around it",
  );
}

import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";

/** Refuse a name or note from a caller that could not be stored and read again. @throws invalid_argument */
export function assertText(value: unknown, name: string): void {
  if (value === undefined) return;
  if (typeof value === "string" && value.isWellFormed() && value.length <= 1_000) return;
  throw new AbstractRuntimeError(
    "invalid_argument",
    `${name} must be a text of at most 1,000 characters`,
  );
}

/** Refuse a sender or message id that could not be stored. @throws invalid_argument */
export function assertSender(said: {
  readonly by?: unknown;
  readonly messageId?: unknown;
  readonly eventId?: unknown;
}): void {
  assertText(said.by, "by");
  for (const name of ["messageId", "eventId"] as const) {
    assertText(said[name], name);
    if (said[name] === "")
      throw new AbstractRuntimeError("invalid_argument", `${name} must not be empty`);
  }
}

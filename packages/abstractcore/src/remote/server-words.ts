import type { JsonObject, JsonValue } from "@abstractruntime/core";
import { isObject } from "../llm/is-object.ts";

/** What a server says went wrong. */
export interface ServerError {
  readonly message: string;
  readonly type: string | null;
  /** A word of the server's, or a status in a body of status 200. */
  readonly code: string | number | null;
}

/** Longer ones are cut: they repeat the prompt. */
const MAX_MESSAGE = 300;

/** The error in a body, by any of the forms that servers give it; undefined where there is none. */
export function serverError(body: JsonObject): ServerError | undefined {
  const error = body["error"];
  if (typeof error === "string" && error !== "") return { message: error, type: null, code: null };
  if (isObject(error)) return errorOf(error);
  const detail = body["detail"] ?? body["message"];
  return typeof detail === "string" ? { message: detail, type: null, code: null } : undefined;
}

function errorOf({ message, type, code }: JsonObject): ServerError {
  return {
    message: typeof message === "string" ? message : "",
    type: isWord(type) ? type : null,
    code: isWord(code) || typeof code === "number" ? code : null,
  };
}

/** Whether it is an identifier, and not a text that may hold anything. */
function isWord(value: JsonValue | undefined): value is string {
  return typeof value === "string" && /^[\w.-]{1,64}$/.test(value);
}

/** Takes keys out of what is said about a call: servers repeat them in their errors. */
export class Redactor {
  readonly #secrets: readonly string[];

  /** @param headers that the caller set: each of their values may be a key, but for what the body is */
  constructor(headers: Headers) {
    const secret = [...headers].filter(([name]) => name !== "content-type");
    const words = secret.flatMap(([, value]) => [value, ...value.split(/\s+/)]);
    this.#secrets = words
      .filter((value) => value.length >= 8)
      .toSorted((a, b) => b.length - a.length);
  }

  /** The text without keys, on one line, cut to what an error may hold. */
  clean(text: string): string {
    return cleanWords(
      this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text),
    );
  }
}

/** A text on one line, cut to what an error may hold, without what looks like a key: servers also show them in part. */
export function cleanWords(text: string): string {
  const line = text
    .replace(/\b(sk|pk|key)-[\w*.-]{4,}/g, "[redacted]")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE)}…` : line;
}

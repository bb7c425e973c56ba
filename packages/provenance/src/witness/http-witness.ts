import { AbstractRuntimeError, type Abortable } from "@abstractruntime/core/store";
import type { SealedHead } from "../sign/seal.ts";
import { decodeHead, encodeHead } from "./head-codec.ts";
import type { Witness } from "./witness.ts";

export interface HttpWitnessOptions {
  /** Where heads are posted and got. */
  readonly url: string;
  /** Sent as `Authorization: Bearer …`. It appears in no message. */
  readonly token?: string | undefined;
  /** How long one request may take, in milliseconds; 10,000 by default. */
  readonly timeoutMs?: number | undefined;
}

/**
 * A witness that is asked over HTTP. Every call is one request; trying again is the caller's part.
 *
 * - `POST url` with a head as JSON: 2xx once it is kept.
 * - `GET url?run_id=…`: 200 and `{ "heads": [ … ] }`, all heads of the run.
 *
 * `witnessHandler` is the other side.
 *
 * @throws invalid_argument the url is none, or holds a password
 */
export function httpWitness({ url, token, timeoutMs = 10_000 }: HttpWitnessOptions): Witness {
  const base = readUrl(url);
  const headers = {
    "content-type": "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const send = async (
    target: URL,
    init: RequestInit,
    { signal }: Abortable = {},
  ): Promise<string> => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const both = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      // A redirect could carry the token elsewhere.
      const response = await fetch(target, { ...init, headers, redirect: "error", signal: both });
      const text = await response.text();
      if (response.ok) return text;
      throw unavailable(base, `it answered ${response.status}`);
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof AbstractRuntimeError
        ? error
        : unavailable(base, reasonOf(error), error);
    }
  };
  return {
    submit: async (head, options) => {
      await send(base, { method: "POST", body: JSON.stringify(encodeHead(head)) }, options);
    },
    list: async (runId, options) => {
      const target = new URL(base);
      target.searchParams.set("run_id", runId);
      return readHeads(await send(target, { method: "GET" }, options), base);
    },
  };
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username + url.password !== "")
    throw new AbstractRuntimeError(
      "invalid_argument",
      "url: give one of http or https, without a user or password; a token goes into `token`",
    );
  return url;
}

function readHeads(text: string, { host }: URL): readonly SealedHead[] {
  try {
    const { heads } = JSON.parse(text) as { readonly heads: readonly unknown[] };
    return heads.map((head, index) => decodeHead(head, `witness ${host}: heads[${index}]`));
  } catch (error) {
    throw new AbstractRuntimeError("witness_unavailable", `witness ${host}: it gave no heads`, {
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && error.name === "TimeoutError"
    ? "it did not answer in time"
    : "it can't be reached";
}

function unavailable({ host }: URL, what: string, cause?: unknown): AbstractRuntimeError {
  return new AbstractRuntimeError("witness_unavailable", `witness ${host}: ${what}`, { cause });
}

import { createHash, timingSafeEqual } from "node:crypto";
import { AbstractRuntimeError, isAbstractRuntimeError } from "@abstractruntime/core/store";
import { decodeHead, encodeHead } from "./head-codec.ts";
import type { Witness } from "./witness.ts";

export interface WitnessHandlerOptions {
  /** What clients send as `Authorization: Bearer …`. */
  readonly token: string;
}

/** A head is far smaller. */
const maxBodyBytes = 16 * 1024;

/**
 * The server's side of `httpWitness`, as a function from request to response: for `node:http` behind an adapter, or any
 * framework of that shape.
 *
 * Answers 201 to a head that is kept, 200 to a question for heads, 400 to what is no head, 401 without the token, 413 to a
 * body that is too large, 405 to other methods, and 503 when the witness behind it fails.
 *
 * @throws invalid_argument the token is empty
 */
export function witnessHandler(
  witness: Witness,
  { token }: WitnessHandlerOptions,
): (request: Request) => Promise<Response> {
  if (token === "") throw new AbstractRuntimeError("invalid_argument", "token: give one");
  const expected = digest(`Bearer ${token}`);
  return async (request) => {
    const given = digest(request.headers.get("authorization") ?? "");
    if (!timingSafeEqual(given, expected)) return answer(401, "the token is wrong or missing");
    try {
      if (request.method === "POST") return await keep(witness, request);
      if (request.method === "GET") return await show(witness, request);
      return answer(405, "use GET or POST");
    } catch {
      return answer(503, "the witness does not answer");
    }
  };
}

async function keep(witness: Witness, request: Request): Promise<Response> {
  if (Number(request.headers.get("content-length") ?? Infinity) > maxBodyBytes)
    return answer(413, `give at most ${maxBodyBytes} bytes, and their number`);
  const head = readHead(await request.text());
  if (typeof head === "string") return answer(400, head);
  await witness.submit(head, { signal: request.signal });
  return Response.json({ kept: true }, { status: 201 });
}

async function show(witness: Witness, request: Request): Promise<Response> {
  const runId = new URL(request.url).searchParams.get("run_id");
  if (runId === null) return answer(400, "run_id is missing");
  const heads = await witness.list(runId, { signal: request.signal });
  return Response.json({ heads: heads.map(encodeHead) });
}

function readHead(text: string): ReturnType<typeof decodeHead> | string {
  try {
    return decodeHead(JSON.parse(text), "head");
  } catch (error) {
    return isAbstractRuntimeError(error) ? error.message : "it is not JSON";
  }
}

function answer(status: number, error: string): Response {
  return Response.json({ error }, { status });
}

/** Texts of any length compare in the same time. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

import { hash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { isObject } from "../llm/is-object.ts";
import type { ToolJobRequest } from "../tools/worker-client.ts";
import { HttpError } from "./http-error.ts";

/** Compares hashes, so that neither the token nor its length shows in the time that it takes. @throws HttpError 401 */
export function assertAuthorized({ headers }: IncomingMessage, token: string): void {
  const given = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
  if (timingSafeEqual(digest(given), digest(token))) return;
  throw new HttpError(401, "unauthorized", "give the worker's token: Authorization: Bearer …");
}

function digest(text: string): Buffer {
  return hash("sha256", text, "buffer");
}

/** @throws HttpError 400, 413 */
export async function readJobRequest(
  request: IncomingMessage,
  maxBytes: number,
): Promise<ToolJobRequest> {
  const body = parsed(await readBody(request, maxBytes));
  if (!isObject(body)) throw bad("the body must be a JSON object");
  const { name, arguments: args = {}, idempotency_key: key } = body;
  if (typeof name !== "string" || name === "") throw bad("name must be the name of a tool");
  if (!isObject(args)) throw bad("arguments must be a JSON object");
  if (typeof key !== "string" || key === "" || key.length > MAX_KEY)
    throw bad(`idempotency_key must be a text of 1 to ${MAX_KEY} characters`);
  return { name, arguments: args, idempotency_key: key };
}

const MAX_KEY = 1_000;

async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxBytes)
      throw new HttpError(413, "value_too_large", `the body is larger than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw bad("the body is no JSON");
  }
}

function bad(message: string): HttpError {
  return new HttpError(400, "invalid_argument", message);
}

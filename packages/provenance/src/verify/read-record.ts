import {
  canonicalJson,
  encodeRecord,
  isAbstractRuntimeError,
  LosslessNumber,
  parseLossless,
  type JsonObject,
  type JsonValue,
  type LedgerRecord,
  type LosslessObject,
  type LosslessValue,
} from "@abstractruntime/core/store";
import { cutLinks, findLinkMembers, type Member } from "./link-members.ts";
import { readPythonLine, type LinkTexts } from "./python-line.ts";
import { asciiPythonLine, canonicalWithIntegerKeys, pythonLine } from "./render-lossless.ts";
import { sha256Hex } from "./sha256-hex.ts";

/** What a record says about its place in the chain, and what its content comes to. Absent members are null. */
export interface RecordLinks {
  readonly prevHash: JsonValue;
  readonly recordHash: JsonValue;
  readonly signature: JsonValue;
  /** The hash that its content has, with its own `prev_hash`. */
  readonly computed: string;
  /** What is odd about a record whose hash is right. */
  readonly oddity: Oddity | null;
}

type Oddity =
  /** White space between members was added or taken away; `offset` is where the line first differs from what was written. */
  | { readonly type: "white_space"; readonly offset: number }
  /** 0.2.0 hashed whole numbers as keys in the order of numbers, and wrote them in another. */
  | { readonly type: "integer_keys" }
  /** The line says the same in other words than were written: escapes, digits, order or repetition of members. */
  | { readonly type: "not_canonical"; readonly offset: number };

/** A line that holds no record. */
export interface NoRecord {
  readonly reason: string;
  /** Where the line stops being JSON; null when it is JSON and no object. */
  readonly offset: number | null;
}

/** Read a line of a ledger, ours or 0.2.0's. */
export function readRecordLine(line: string): RecordLinks | NoRecord {
  if (!line.isWellFormed()) return { reason: "it holds half of a surrogate pair", offset: null };
  return readCanonical(line) ?? readPython(line) ?? readParsed(line);
}

/**
 * Read a record that was parsed already: as JSON at rest, or as `DurableStore.records` gives it. How its numbers were
 * written is lost then.
 */
export function readRecordObject(record: JsonObject | LedgerRecord): RecordLinks {
  const fields = isLedgerRecord(record) ? encodeRecord(record) : record;
  const { record_hash: recordHash = null, signature = null, ...content } = fields;
  const prevHash = content["prev_hash"] ?? null;
  const computed = sha256Hex(canonicalJson({ ...content, prev_hash: prevHash }));
  return { prevHash, recordHash, signature, computed, oddity: null };
}

function isLedgerRecord(record: JsonObject | LedgerRecord): record is LedgerRecord {
  return "runId" in record;
}

/** A line of ours that is as it was written; `undefined` for every other one. */
function readCanonical(line: string): RecordLinks | undefined {
  const links = findLinkMembers(line);
  if (links === undefined) return undefined;
  const memberText = ({ value, end }: Member): string => line.slice(value, end);
  return linksOf({
    hashed: cutLinks(line, links),
    prevHash: memberText(links.prevHash),
    recordHash: memberText(links.recordHash),
    signature: links.signature === null ? undefined : memberText(links.signature),
  });
}

/** A line of 0.2.0's that is as it was written; `undefined` for every other one. */
function readPython(line: string): RecordLinks | undefined {
  const taken = readPythonLine(line);
  return taken && linksOf(taken);
}

/** What the texts of a record's links say, if its hash is right. */
function linksOf({ hashed, prevHash, recordHash, signature }: LinkTexts): RecordLinks | undefined {
  const computed = sha256Hex(hashed);
  if (recordHash !== `"${computed}"`) return undefined;
  const prev = textOf(prevHash);
  const sealed = signature === undefined ? null : textOf(signature);
  if (prev === undefined || sealed === undefined) return undefined;
  return { prevHash: prev, recordHash: computed, signature: sealed, computed, oddity: null };
}

/** The value of JSON that is null, or a string without escapes: all that hashes and signatures are ever written as. */
function textOf(json: string | undefined): string | null | undefined {
  if (json === "null") return null;
  return json !== undefined && /^"[ !#-[\]-~]*"$/.test(json) ? json.slice(1, -1) : undefined;
}

function readParsed(line: string): RecordLinks | NoRecord {
  let value: LosslessValue;
  try {
    value = parseLossless(line);
  } catch (error) {
    return { reason: "it is not JSON", offset: offsetOf(error) };
  }
  if (!(value instanceof Map)) return { reason: "it is no object", offset: null };
  const record = value as LosslessObject;
  const prev = record.get("prev_hash") ?? null;
  const recordHash = plain(record.get("record_hash"));
  const content = new Map(record).set("prev_hash", prev);
  content.delete("record_hash");
  content.delete("signature");
  const canonical = sha256Hex(canonicalJson(content));
  const asIntegers =
    canonical === recordHash ? canonical : sha256Hex(canonicalWithIntegerKeys(content));
  const computed = asIntegers === recordHash ? asIntegers : canonical;
  return {
    prevHash: plain(prev),
    recordHash,
    signature: plain(record.get("signature")),
    computed,
    oddity: computed === recordHash ? oddityOf(line, record, computed !== canonical) : null,
  };
}

function oddityOf(line: string, record: LosslessObject, hasIntegerKeys: boolean): Oddity | null {
  // Ours have a number, and are written as canonical JSON; 0.2.0's have none.
  const forms = record.has("seq") ? [canonicalJson] : [pythonLine, asciiPythonLine];
  if (forms.some((write) => write(record) === line))
    return hasIntegerKeys ? { type: "integer_keys" } : null;
  const bare = withoutSpace(line);
  const written = forms.map((write) => write(record));
  const same = written.find((text) => withoutSpace(text) === bare);
  return same === undefined
    ? { type: "not_canonical", offset: firstDifference(line, written[0] ?? "") }
    : { type: "white_space", offset: firstDifference(line, same) };
}

function withoutSpace(json: string): string {
  return json.replaceAll(/("(?:[^"\\]|\\.)*")|[ \t\n\r]+/gs, "$1");
}

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

function plain(value: LosslessValue | undefined): JsonValue {
  if (value === undefined) return null;
  if (value instanceof LosslessNumber) return Number(value.text);
  return typeof value === "object" ? (JSON.parse(canonicalJson(value)) as JsonValue) : value;
}

function offsetOf(error: unknown): number | null {
  const offset = isAbstractRuntimeError(error, "invalid_json_value")
    ? error.details["offset"]
    : undefined;
  return typeof offset === "number" ? offset : null;
}

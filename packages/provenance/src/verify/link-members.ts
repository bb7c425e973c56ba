/** A member of an object in its text: where its key begins, where its value begins, and where that ends. */
export interface Member {
  readonly start: number;
  readonly value: number;
  readonly end: number;
}

/** The members of a record's line that link it to its chain. */
export interface LinkMembers {
  readonly prevHash: Member;
  readonly recordHash: Member;
  readonly signature: Member | null;
}

/**
 * Find the linking members at the top level of a line that looks as we write them: no white space between members,
 * `record_hash` after `prev_hash`, each once, `signature` in its place among the sorted keys.
 *
 * Nested objects may have keys of the same names, so the line is read from its beginning; what is in strings is skipped.
 *
 * @returns `undefined` for every other line. One that is found need not be JSON: nested values are not looked at.
 */
export function findLinkMembers(line: string): LinkMembers | undefined {
  if (line.charCodeAt(0) !== openBrace) return undefined;
  let prevHash: Member | undefined;
  let recordHash: Member | undefined;
  let signature: Member | null = null;
  let last: Member | undefined;
  for (let start = 1; start < line.length;) {
    const member = readMember(line, start);
    if (member === undefined) return undefined;
    if (isKey(line, member, '"prev_hash"')) {
      if (prevHash !== undefined) return undefined;
      prevHash = member;
    } else if (isKey(line, member, '"record_hash"')) {
      if (recordHash !== undefined || last === undefined || last !== prevHash) return undefined;
      recordHash = member;
    } else if (isKey(line, member, '"signature"')) {
      if (signature !== null || last === undefined || keyOf(line, last) > '"signature"')
        return undefined;
      signature = member;
    } else if (last !== undefined && last === signature && keyOf(line, member) < '"signature"')
      return undefined;
    last = member;
    if (line.charCodeAt(member.end) !== comma) break;
    start = member.end + 1;
  }
  const isWhole = last?.end === line.length - 1 && line.charCodeAt(last.end) === closeBrace;
  return isWhole && prevHash !== undefined && recordHash !== undefined
    ? { prevHash, recordHash, signature }
    : undefined;
}

/** The line without `record_hash` and `signature`: what the chain hashes. */
export function cutLinks(line: string, { recordHash, signature }: LinkMembers): string {
  // Neither of them is the first member, so each goes with the comma before it.
  const head = line.slice(0, recordHash.start - 1);
  if (signature === null) return head + line.slice(recordHash.end);
  return head + line.slice(recordHash.end, signature.start - 1) + line.slice(signature.end);
}

const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const colon = 0x3a;
const quote = 0x22;
const backslash = 0x5c;

function isKey(line: string, { start, value }: Member, key: string): boolean {
  return value - start - 1 === key.length && line.startsWith(key, start);
}

function keyOf(line: string, { start, value }: Member): string {
  return line.slice(start, value - 1);
}

function readMember(line: string, start: number): Member | undefined {
  if (line.charCodeAt(start) !== quote) return undefined;
  const keyEnd = endOfString(line, start);
  if (line.charCodeAt(keyEnd) !== colon) return undefined;
  const end = endOfValue(line, keyEnd + 1);
  return end === -1 ? undefined : { start, value: keyEnd + 1, end };
}

/** Where a value ends, or -1 when it does not. */
function endOfValue(line: string, start: number): number {
  const mark = line.charCodeAt(start);
  if (mark === quote) return endOfString(line, start);
  if (mark === openBrace || mark === openBracket) return endOfNested(line, start);
  for (let at = start; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === comma || code === closeBrace) return at;
  }
  return -1;
}

function endOfNested(line: string, start: number): number {
  let depth = 0;
  for (let at = start; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === quote) {
      at = endOfString(line, at) - 1;
      if (at < 0) return -1;
    } else if (code === openBrace || code === openBracket) depth++;
    else if (code === closeBrace || code === closeBracket) {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

/** Where a string that begins with the quote at `start` ends, or -1 when it does not. */
function endOfString(line: string, start: number): number {
  for (let at = line.indexOf('"', start + 1); at !== -1; at = line.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (line.charCodeAt(at - 1 - backslashes) === backslash) backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
  return -1;
}

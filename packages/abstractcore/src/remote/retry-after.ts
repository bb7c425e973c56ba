/** A server that asks for more is not believed: a year. */
const MAX_MS = 365 * 24 * 60 * 60 * 1000;

/**
 * Milliseconds until a server wants to be asked again: `retry-after-ms`, or `Retry-After` in seconds or as a date (RFC 9110,
 * 10.2.3). Undefined where it does not say, or says nothing that can be read.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const exact = amount(headers.get("retry-after-ms"));
  if (exact !== undefined) return Math.min(exact, MAX_MS);
  const said = headers.get("retry-after");
  if (said === null) return undefined;
  const seconds = amount(said);
  const ms = seconds === undefined ? Date.parse(said) - now : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_MS);
}

function amount(text: string | null): number | undefined {
  return text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

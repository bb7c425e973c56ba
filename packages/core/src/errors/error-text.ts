/** What was thrown, as text that can be stored, whatever it was. Never throws itself, and is never empty. */
export function errorText(thrown: unknown): string {
  try {
    const text = thrown instanceof Error ? thrown.message || thrown.name : thrown;
    return String(text).toWellFormed() || "unknown error";
  } catch {
    return "unknown error";
  }
}

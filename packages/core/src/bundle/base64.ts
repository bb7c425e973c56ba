const alphabet = new TextEncoder().encode(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
);
const padding = 0x3d;

/** Bytes as base64 (RFC 4648), with padding. By a table: `btoa` wants a string, and to make one takes several times as long. */
export function toBase64(bytes: Uint8Array): string {
  const codes = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  for (let at = 0, to = 0; at < bytes.length; at += 3, to += 4) {
    const group = (byte(bytes, at) << 16) | (byte(bytes, at + 1) << 8) | byte(bytes, at + 2);
    codes[to] = byte(alphabet, group >> 18);
    codes[to + 1] = byte(alphabet, (group >> 12) & 63);
    codes[to + 2] = at + 1 < bytes.length ? byte(alphabet, (group >> 6) & 63) : padding;
    codes[to + 3] = at + 2 < bytes.length ? byte(alphabet, group & 63) : padding;
  }
  return new TextDecoder().decode(codes);
}

/** @throws SyntaxError the text is not what `toBase64` writes */
export function fromBase64(text: string): Uint8Array {
  // `atob` takes spaces, and text without padding.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw new SyntaxError("it is not base64");
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

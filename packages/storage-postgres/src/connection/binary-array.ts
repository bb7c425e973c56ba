/** Type ids of PostgreSQL. */
const TEXT = 25;
const INT4 = 23;
const INT8 = 20;
const BOOL = 16;

/** A `text[]` parameter in PostgreSQL's binary form: nothing is escaped, and nothing parsed. */
export function textArray(values: readonly (string | null)[]): Buffer {
  let size = HEADER;
  for (const value of values) size += 4 + (value === null ? 0 : Buffer.byteLength(value));
  const buffer = begin(size, TEXT, values);
  let at = HEADER;
  for (const value of values) {
    if (value === null) {
      at = buffer.writeInt32BE(-1, at);
      continue;
    }
    const bytes = buffer.write(value, at + 4);
    buffer.writeInt32BE(bytes, at);
    at += 4 + bytes;
  }
  return buffer;
}

/** An `integer[]` parameter. */
export function intArray(values: readonly (number | null)[]): Buffer {
  return fixed(values, INT4, 4, (buffer, value, at) => buffer.writeInt32BE(value, at));
}

/** A `bigint[]` parameter of safe integers. */
export function bigintArray(values: readonly (number | null)[]): Buffer {
  return fixed(values, INT8, 8, (buffer, value, at) => buffer.writeBigInt64BE(BigInt(value), at));
}

/** A `boolean[]` parameter. */
export function boolArray(values: readonly boolean[]): Buffer {
  return fixed(values, BOOL, 1, (buffer, value, at) => buffer.writeInt8(value ? 1 : 0, at));
}

/** Dimensions, whether there are nulls, element type, length and lower bound. */
const HEADER = 20;

function begin(size: number, type: number, values: readonly unknown[]): Buffer {
  const buffer = Buffer.allocUnsafe(size);
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(values.includes(null) ? 1 : 0, 4);
  buffer.writeInt32BE(type, 8);
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16);
  return buffer;
}

function fixed<Value>(
  values: readonly (Value | null)[],
  type: number,
  width: number,
  write: (buffer: Buffer, value: Value, at: number) => void,
): Buffer {
  const nulls = values.reduce<number>((count, value) => count + (value === null ? 1 : 0), 0);
  const buffer = begin(HEADER + values.length * (4 + width) - nulls * width, type, values);
  let at = HEADER;
  for (const value of values) {
    at = buffer.writeInt32BE(value === null ? -1 : width, at);
    if (value === null) continue;
    write(buffer, value, at);
    at += width;
  }
  return buffer;
}

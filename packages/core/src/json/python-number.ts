/**
 * A number as Python writes it, so that text hashed here and there is the same: safe integers as an int's digits,
 * everything else as `repr(float)` (`4.5e-05`, `1e+16`, `-0.0`, `9007199254740994.0`).
 */
export function pythonNumber(value: number): string {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : pythonFloat(value);
}

/** `repr(float)`: the shortest digits that read back, always with a point or an exponent, plain for 1e-4 <= |x| < 1e16. */
export function pythonFloat(value: number): string {
  if (!Number.isFinite(value))
    return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e16)
    return Number.isInteger(value) ? `${value}.0` : String(value);
  const [digits, exponent] = value.toExponential().split("e") as [string, string];
  return `${digits}e${exponent.charAt(0)}${exponent.slice(1).padStart(2, "0")}`;
}

/** Freeze a value and all it holds. What is frozen already is taken to be frozen to the ground. Returns the value itself. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  // No lists of keys or values: every record passes here, and they would cost more than the freezing.
  if (Array.isArray(value)) for (const item of value) deepFreeze(item);
  else for (const key in value) deepFreeze(value[key]);
  return value;
}

/** Freeze a value and all it holds. What is frozen already is taken to be frozen to the ground. Returns the value itself. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const key of Object.keys(value))
    deepFreeze((value as Readonly<Record<string, unknown>>)[key]);
  return value;
}

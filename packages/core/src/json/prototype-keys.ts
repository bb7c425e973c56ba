const prototypeKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Whether a part of a path could reach a prototype. Such parts are refused in paths; as keys inside of values they are data. */
export function isPrototypeKey(key: string): boolean {
  return prototypeKeys.has(key);
}

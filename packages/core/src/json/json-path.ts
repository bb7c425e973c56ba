const identifier = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** The path of a member for people, as one would write it in code: `vars.a`, `vars["a b"]`, `vars[3]`. */
export function memberPath(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  return identifier.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/** Stands in a payload for the value at a path of `vars`. Made by `ref`. */
export class Ref {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }
}

/**
 * The value at a dotted path of `vars`, by reference: the ledger stores the path, the effect's handler sees the value.
 * A history that grows is then not copied into the ledger at every call. A missing value is null.
 *
 * Its type is `any` because it may stand wherever a payload wants a value.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- see above
export function ref(path: string): any {
  return new Ref(path);
}

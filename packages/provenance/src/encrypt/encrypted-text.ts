/**
 * What follows the marker of an encrypted value: `<sealed> <key id> <origin>`, and an origin begins with its run's id and
 * `/`. All of it but the sealed part can be read by anyone, and nobody can change it.
 */
export class EncryptedText {
  readonly keyId: string;
  readonly origin: string;
  readonly sealed: string;

  constructor(keyId: string, origin: string, sealed = "") {
    this.keyId = keyId;
    this.origin = origin;
    this.sealed = sealed;
  }

  static parse(body: string): EncryptedText | undefined {
    const [, sealed, keyId, origin] = /^([\w-]+) (\S+) (.*)$/s.exec(body) ?? [];
    if (sealed === undefined || keyId === undefined || origin === undefined) return undefined;
    return new EncryptedText(keyId, origin, sealed);
  }

  /** Whose key seals it; empty for what no run has yet. */
  get runId(): string {
    return this.origin.slice(0, this.origin.indexOf("/"));
  }

  /** What it is bound to. */
  get bound(): string {
    return `${this.keyId} ${this.origin}`;
  }

  withSealed(sealed: string): string {
    return `${sealed} ${this.keyId} ${this.origin}`;
  }
}

import {
  canonicalJson,
  copyJson,
  LosslessNumber,
  type JsonObject,
  type JsonValue,
  type LosslessValue,
} from "@abstractruntime/core/store";
import { sha256Hex } from "../verify/sha256-hex.ts";

/** Facts about an actor. Numbers may be `LosslessNumber`s, where `1.0` is to be another fact than `1`, as in Python. */
export interface ActorMetadata {
  readonly [key: string]: ActorValue;
}

type ActorValue =
  | JsonValue
  | LosslessValue
  | ActorMetadata
  | readonly ActorValue[]
  | ReadonlyMap<string, ActorValue>;

export interface ActorDescription {
  /** 0.2.0 knows `agent`, `human` and `service`; any other text is another kind. */
  readonly kind: "agent" | "human" | "service" | (string & {});
  /** None and the empty name are two names. */
  readonly displayName?: string | null | undefined;
  /** None and the empty object are the same. */
  readonly metadata?: ActorMetadata | ReadonlyMap<string, ActorValue> | null | undefined;
}

/**
 * Who acts, under an id that follows from the description: the same description has the same id on every machine, and in
 * 0.2.0. It names an actor and proves nothing; a signature whose key is bound to the id does.
 */
export class ActorFingerprint {
  /** `ar_` and 24 hex digits. Give it as a run's `actorId`. */
  readonly actorId: string;
  readonly kind: string;
  readonly displayName: string | null;
  readonly metadata: JsonObject;

  /** @throws invalid_json_value `metadata` is not JSON */
  constructor({ kind, displayName = null, metadata }: ActorDescription) {
    const facts = metadata ?? {};
    this.kind = kind;
    this.displayName = displayName;
    this.metadata = copyJson(withPlainNumbers(facts), "metadata") as JsonObject;
    // The types of both are canonicalJson's, in any mixture.
    const described = { display_name: displayName, kind, metadata: facts as JsonObject };
    this.actorId = `ar_${sha256Hex(canonicalJson(described)).slice(0, 24)}`;
  }

  /** As 0.2.0 writes it. */
  toJSON(): JsonObject {
    return {
      actor_id: this.actorId,
      kind: this.kind,
      display_name: this.displayName,
      metadata: this.metadata,
    };
  }
}

/** Deeper than `copyJson` takes; cycles end here. */
const maxDepth = 600;

/** What `copyJson` can check. What is no JSON stays as it is, and is refused there with its path. */
function withPlainNumbers(value: unknown, depth = 0): unknown {
  const inner = (member: unknown): unknown => withPlainNumbers(member, depth + 1);
  if (value instanceof LosslessNumber) return Number(value.text);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, member]) => [key, inner(member)]));
  if (depth > maxDepth || !isPlain(value)) return value;
  if (Array.isArray(value)) return value.map(inner);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inner(member)]));
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

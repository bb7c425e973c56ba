import type { JsonValue } from "./json-value.ts";

/** One operation of a JSON Patch (RFC 6902). `path` is a JSON Pointer (RFC 6901) into the run's `vars`. */
export type PatchOperation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: JsonValue }
  | { readonly op: "remove"; readonly path: string };

/** A JSON Patch over `vars`. */
export type Patch = readonly PatchOperation[];

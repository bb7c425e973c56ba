import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { copyJson } from "../json/copy-json.ts";
import type { JsonValue } from "../json/json-value.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { ArtifactMetadata, ArtifactStore, NewArtifact } from "../ports/artifact-store.ts";
import { type ReadOptions, readArtifact } from "./read-artifact.ts";

/** Store a text as UTF-8; `text/plain` by default. @throws invalid_json_value it has a lone surrogate. */
export async function putText(
  store: ArtifactStore,
  text: string,
  artifact: NewArtifact = {},
  options: Abortable = {},
): Promise<ArtifactMetadata> {
  if (!text.isWellFormed()) throw loneSurrogate();
  const content = new TextEncoder().encode(text);
  return store.put(content, { contentType: "text/plain", ...artifact }, options);
}

/** Store a value as compact JSON; `application/json` by default. @throws invalid_json_value with its path. */
export async function putJson(
  store: ArtifactStore,
  value: JsonValue,
  artifact: NewArtifact = {},
  options: Abortable = {},
): Promise<ArtifactMetadata> {
  const json = JSON.stringify(copyJson(value, "value", { maxBytes: Infinity }));
  return putText(store, json, { contentType: "application/json", ...artifact }, options);
}

/**
 * An artifact's content as text.
 *
 * @throws artifact_not_found, store_corrupt, value_too_large as `readArtifact`
 * @throws invalid_argument it is not UTF-8
 */
export async function getText(
  store: ArtifactStore,
  artifactId: string,
  options: ReadOptions = {},
): Promise<string> {
  const content = await readArtifact(store, artifactId, options);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (cause) {
    const message = `artifact ${artifactId} is not UTF-8 text: read it with readArtifact`;
    throw new AbstractRuntimeError("invalid_argument", message, { cause });
  }
}

/**
 * An artifact's content as JSON.
 *
 * @throws artifact_not_found, store_corrupt, value_too_large as `readArtifact`
 * @throws invalid_json_value it is not JSON
 */
export async function getJson(
  store: ArtifactStore,
  artifactId: string,
  options: ReadOptions = {},
): Promise<JsonValue> {
  const text = await getText(store, artifactId, options);
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    const message = `artifact ${artifactId} is not JSON: read it with getText`;
    throw new AbstractRuntimeError("invalid_json_value", message, { cause });
  }
}

function loneSurrogate(): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "invalid_json_value",
    "text: it has a lone surrogate, which UTF-8 can't say; repair it with toWellFormed()",
  );
}

import { create } from "mutative";
import { copyJson } from "../json/copy-json.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { Patch } from "../json/patch.ts";

/** A draft of a run's vars that one handler may change, and the patch that says how. */
export interface VarsDraft {
  readonly draft: JsonObject;
  /**
   * Close the draft. Whoever kept it can't use it any more.
   *
   * @throws invalid_json_value a change is not JSON
   */
  finish(): Patch;
}

/** Begin a draft. The vars themselves stay as they are; what is not touched is not looked at. */
export function draftVars(vars: JsonObject): VarsDraft {
  const base: Record<string, unknown> = vars; // mutative's types do not end on a recursive type such as JsonObject
  const [draft, finalize] = create(base, {
    enablePatches: { pathAsArray: false, arrayLengthAssignment: false },
  });
  return {
    draft: draft as JsonObject,
    finish() {
      const [changed, patch] = finalize();
      if (patch.length === 0) return [];
      const after = changed as JsonObject;
      return compact(
        patch.flatMap((change) => operations(change, after)),
        after,
      );
    },
  };
}

interface Change {
  readonly op: string;
  readonly path: string | readonly unknown[];
  readonly value?: unknown;
}

/** A member of an object that was set to `undefined` is gone, as `JSON.stringify` would have it; in a list it is refused. */
function operations(change: Change, changed: JsonObject): Patch {
  const path = String(change.path);
  if (change.op === "remove") return [{ op: "remove", path }];
  if (change.value === undefined && !Array.isArray(valueAt(changed, parentOf(path)))) {
    return change.op === "add" ? [] : [{ op: "remove", path }];
  }
  const value = copyJson(change.value, `vars${path.replaceAll("/", ".")}`);
  return [{ op: change.op === "add" ? "add" : "replace", path, value }];
}

/** Many changes of one list (a sort, an insertion at its head) say more than the list does: replace it. */
function compact(patch: Patch, changed: JsonObject): Patch {
  if (patch.length <= MANY) return patch;
  const counts = new Map<string, number>();
  for (const { path } of patch) counts.set(parentOf(path), (counts.get(parentOf(path)) ?? 0) + 1);
  const replaced = new Map<string, JsonValue>();
  for (const [parent, count] of counts) {
    const value = count > MANY ? valueAt(changed, parent) : undefined;
    if (Array.isArray(value) && count * 2 >= value.length)
      replaced.set(parent, copyJson(value, `vars${parent}`));
  }
  if (replaced.size === 0) return patch;
  const parents = [...replaced.keys()];
  const rest = patch.filter(({ path }) => !parents.some((parent) => path.startsWith(`${parent}/`)));
  return [
    ...rest,
    ...outermost(parents).map((path) => ({
      op: "replace" as const,
      path,
      value: replaced.get(path) ?? null,
    })),
  ];
}

const MANY = 8;

function outermost(paths: readonly string[]): readonly string[] {
  return paths.filter(
    (path) => !paths.some((other) => other !== path && path.startsWith(`${other}/`)),
  );
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function valueAt(root: JsonValue, pointer: string): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const part of pointer.split("/").slice(1)) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as JsonObject)[part.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return value;
}

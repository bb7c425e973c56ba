import { isJsonObject } from "../json/is-json-object.ts";
import type { EffectRequest } from "../run/pending.ts";

/** The nodes of the same workflow at which the children of an effect begin. */
export function branchNodes({ type, payload }: EffectRequest): ReadonlySet<string> {
  if (type !== "start_subworkflows") return new Set();
  const { children, node } = payload;
  const requests = Array.isArray(children) ? children.filter(isJsonObject) : [{ node }];
  const nodes = requests.map((request) => request["node"]);
  return new Set(nodes.filter((nodeId) => typeof nodeId === "string"));
}

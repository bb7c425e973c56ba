import { readJoinRequest } from "../builtin/start-subworkflows.ts";
import { applyPatch } from "../json/patch.ts";
import type { DurableStore } from "../ports/durable-store.ts";
import type { RunState } from "../run/run-state.ts";
import { resolvePayload } from "../step/payload.ts";
import type { Obstacle } from "./obstacle.ts";
import { hasSameRefs, type MigrationPlan } from "./plan-migration.ts";

/**
 * Whether the children that a run's join has yet to begin are still what was planned: the ledger says what they are, in
 * the words of the old version.
 *
 * @returns what is in the way, or null
 */
export async function childrenInTheWay(
  store: Pick<DurableStore, "records">,
  run: RunState,
  { workflow, rules, record }: MigrationPlan,
): Promise<Obstacle | null> {
  const join = run.waiting?.join ?? null;
  if (join === null || join.begun >= join.total) return null;
  const [intended] = await store.records(run.runId, { after: join.intentSeq - 1, limit: 1 });
  const effect =
    intended !== undefined && "intent" in intended ? intended.intent?.effect : undefined;
  if (effect === undefined) return null; // the driver will say so
  const left = `${join.total - join.begun} of ${join.total} children are to begin yet`;
  if (!hasSameRefs(effect, run.vars, applyPatch(run.vars, record.changes)))
    return toBegin(`${left}, with vars that the migration changes`);
  const request = readJoinRequest(resolvePayload(effect, run.vars));
  if (typeof request === "string") return null;
  for (let index = join.begun; index < join.total; index += 1) {
    const { node } = request.child(index);
    if (node !== undefined && (rules.nodes.has(node) || !workflow.nodes.has(node)))
      return toBegin(`${left}, at node "${node}", which has another name now or is gone`);
  }
  return null;
}

function toBegin(what: string): Obstacle {
  return {
    code: "children_to_begin",
    message: `${what}: keep the old version until they have begun`,
  };
}

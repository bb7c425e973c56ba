import { AbstractRuntimeError, isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { errorText } from "../errors/error-text.ts";
import type { JsonObject } from "../json/json-value.ts";
import { applyPatch, type Patch } from "../json/patch.ts";
import type { RunState } from "../run/run-state.ts";
import { validateVars } from "../schema/validate-vars.ts";
import { draftVars } from "../step/draft-vars.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { defaultsFor } from "./add-defaults.ts";
import type { MigrationRules } from "./migration.ts";
import type { Obstacle } from "./obstacle.ts";

/** How a migration changes a run's `vars`, or why it can't. */
export async function migratedVars(
  run: RunState,
  rules: MigrationRules,
  workflow: Workflow,
): Promise<{ readonly changes: Patch; readonly vars: JsonObject } | Obstacle> {
  try {
    const own = rules.vars === null ? [] : change(run, rules.vars);
    const vars = applyPatch(run.vars, own);
    const added = await defaults(run, vars, workflow);
    return { changes: [...own, ...added], vars: applyPatch(vars, added) };
  } catch (error) {
    const message = errorText(error);
    const isMismatch = isAbstractRuntimeError(error, "schema_mismatch");
    return isMismatch
      ? { code: "schema_mismatch", message }
      : { code: "migration_failed", message: `the migration's vars: ${message}` };
  }
}

function change(run: RunState, vars: NonNullable<MigrationRules["vars"]>): Patch {
  const { draft, finish } = draftVars(run.vars);
  let returned: unknown;
  try {
    returned = vars(draft, run);
  } catch (error) {
    finish();
    throw error;
  }
  const patch = finish();
  if (returned === undefined) return patch;
  throw new AbstractRuntimeError(
    "invalid_argument",
    "it changes its draft, at once, and returns nothing; a promise or new vars are not looked at",
  );
}

/** The new schema's defaults, once the vars match it. A branch has vars of its own, which no schema describes. */
async function defaults(run: RunState, vars: JsonObject, { varsSchema }: Workflow): Promise<Patch> {
  if (varsSchema === null || run.parent?.branch === true) return [];
  return defaultsFor(vars, await validateVars(varsSchema, vars));
}

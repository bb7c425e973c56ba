import { checkLimits, type JsonObject, type LimitWarning } from "@abstractruntime/core";

/** What to tell the model of its limits, and how those stand that it was told of. */
export interface LimitNotes {
  readonly notes: readonly string[];
  readonly told: Readonly<Record<string, string>>;
}

/** Each limit once when it begins to warn, and once when it is used up; again if it was raised in between. */
export function limitNotes(
  limits: JsonObject | undefined,
  told: Readonly<Record<string, string>>,
): LimitNotes {
  const warnings = checkLimits(limits === undefined ? {} : { _limits: limits }).filter((warning) =>
    concerns(warning, limits),
  );
  const news = warnings.filter(({ limitType, status }) => told[limitType] !== status);
  const now = Object.fromEntries(warnings.map(({ limitType, status }) => [limitType, status]));
  return { notes: news.map(noteOf), told: now };
}

/** Every run has a number of iterations, which binds only where limits are enforced. */
function concerns({ limitType }: LimitWarning, limits: JsonObject | undefined): boolean {
  return limitType !== "iterations" || limits?.["enforce"] === true;
}

function noteOf({ limitType, status, current, maximum }: LimitWarning): string {
  const name = limitType.replace(/^budget_/, "").replaceAll("_", " ");
  const used = `${round(current)} of ${round(maximum)} ${name} are used`;
  return status === "exceeded"
    ? `Note: ${used}: the limit is reached. Answer now, with what you have.`
    : `Note: ${used}. Come to an end soon.`;
}

function round(amount: number): number {
  return Math.round(amount * 1e4) / 1e4;
}

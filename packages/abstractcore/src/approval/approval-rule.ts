/** Whether a person has to agree; with the reason, for that person to read. */
export type Approval = boolean | { readonly reason: string };

/** What a rule may look at beside the arguments. */
export interface ApprovalContext {
  /** The run of this one call. */
  readonly runId: string;
  readonly parentRunId: string | null;
  readonly actorId: string | null;
  readonly sessionId: string | null;
  /** The user's own, given as `new Runtime({ context })`. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the user's own type
  readonly context: any;
}

/** When a person has to agree to a tool call: always, never, or as the function says. */
export type ApprovalRule =
  | boolean
  // oxlint-disable-next-line typescript/no-explicit-any -- the arguments' type is the tool's schema's
  | ((args: any, context: ApprovalContext) => Approval | Promise<Approval>);

/** The reason why a person has to agree, empty where none was given; null: nobody has to. */
export async function reasonFor(
  rule: ApprovalRule,
  args: unknown,
  context: ApprovalContext,
): Promise<string | null> {
  const approval = typeof rule === "function" ? await rule(args, context) : rule;
  if (typeof approval === "object" && approval !== null) return approval.reason;
  return approval ? "" : null;
}

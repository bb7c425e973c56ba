import fc from "fast-check";
import type { Message } from "../src/inbox/message.ts";
import type { Join } from "../src/join/join.ts";
import type { LimitWarning } from "../src/limits/check-limits.ts";
import type { Grant } from "../src/limits/grant.ts";
import type { Usage } from "../src/limits/usage.ts";
import type { LedgerRecord, RecordKind } from "../src/ledger/ledger-record.ts";
import type { ArtifactMetadata } from "../src/ports/artifact-store.ts";
import type { RunHead } from "../src/ports/durable-store.ts";
import type { Snapshot } from "../src/ports/snapshot-store.ts";
import type { Patch } from "../src/json/patch.ts";
import type { EffectRequest, Pending, ReplayContract } from "../src/run/pending.ts";
import type { ForkOrigin, ParentLink, RunError, RunState } from "../src/run/run-state.ts";
import type { Gate, Wait } from "../src/wait/wait.ts";
import { formatInstant } from "../src/time/instant.ts";
import { anyJson, anyJsonObject, anyKey, anyText } from "./arbitrary-json.ts";

const text = anyText;
const textOrNull: fc.Arbitrary<string | null> = fc.option(text);
const count = fc.nat();
const countFromOne = fc.nat().map((number) => number + 1);
const instant = fc.nat(4_000_000_000).map((seconds) => formatInstant(seconds * 1000 + 250));
const instantOrNull = fc.option(instant);
const texts = fc.array(text, { maxLength: 3 });
const gate = fc.constantFrom<Gate[]>("unknown_outcome", "stuck", "limit", "approval");
const replay = fc.constantFrom<ReplayContract[]>("safe", "idempotent", "never");
const verdict = fc.constantFrom("happened" as const, "not_happened" as const, "give_up" as const);

/** All fields of a kind of object, each always there. */
function whole<Shape>(fields: {
  [Key in keyof Shape]: fc.Arbitrary<Shape[Key]>;
}): fc.Arbitrary<Shape> {
  return fc.record<Shape>(fields, { noNullPrototype: true });
}

export const anyPatch: fc.Arbitrary<Patch> = fc.array(
  fc.oneof(
    whole({ op: fc.constantFrom("add" as const, "replace" as const), path: text, value: anyJson }),
    whole({ op: fc.constant("remove" as const), path: text }),
  ),
  { maxLength: 3 },
);

export const anyError: fc.Arbitrary<RunError> = fc
  .tuple(
    whole({
      code: text,
      message: text,
      nodeId: textOrNull,
      stepId: textOrNull,
      attempt: fc.option(count),
    }),
    fc.option(anyJsonObject, { nil: undefined }),
  )
  .map(([error, details]) => (details === undefined ? error : { ...error, details }));

const errorOrNull = fc.option(anyError);

/** Half of them have the extra fields. */
function maybe<Shape extends object, Extra extends object>(
  arbitrary: fc.Arbitrary<Shape>,
  extra: fc.Arbitrary<Extra>,
): fc.Arbitrary<Shape | (Shape & Extra)> {
  return fc
    .tuple(arbitrary, fc.option(extra, { nil: undefined }))
    .map(([shape, given]) => (given === undefined ? shape : { ...shape, ...given }));
}

const cost = fc.double({ min: 0, max: 1e6, noNaN: true });

export const anyUsage: fc.Arbitrary<Usage> = fc.record(
  {
    iterations: countFromOne,
    inputTokens: countFromOne,
    outputTokens: countFromOne,
    cost,
    effects: countFromOne,
    activeMs: countFromOne,
  },
  { requiredKeys: [], noNullPrototype: true },
);

const anyGrant: fc.Arbitrary<Grant> = fc.record(
  { max_iterations: count, budget_tokens: count, budget_cost: cost, budget_active_ms: count },
  { requiredKeys: [], noNullPrototype: true },
);

const anyWarning: fc.Arbitrary<LimitWarning> = whole<LimitWarning>({
  limitType: fc.constantFrom("iterations", "tokens", "budget_tokens", "budget_cost"),
  status: fc.constantFrom("warning", "exceeded"),
  current: cost,
  maximum: cost,
  pct: cost,
});

/** A record that counts what was used, or a message that says so. */
function spending<Shape extends object>(fields: {
  [Key in keyof Shape]: fc.Arbitrary<Shape[Key]>;
}): fc.Arbitrary<Shape & { readonly usage?: Usage }> {
  return maybe(whole<Shape>(fields), whole({ usage: anyUsage }));
}

const anyJoin: fc.Arbitrary<Join> = maybe(
  whole({
    intentSeq: countFromOne,
    total: countFromOne,
    begun: count,
    need: fc.option(countFromOne),
    onFailure: fc.constantFrom("fail_fast", "settle"),
    maxConcurrency: fc.option(countFromOne),
  }),
  whole({ joinedBy: text }),
);

export const anyWait: fc.Arbitrary<Wait> = whole<Wait>({
  waitId: text,
  stepId: textOrNull,
  reason: fc.constantFrom("event", "until", "user", "job", "subworkflow"),
  waitKey: textOrNull,
  waitKeys: texts,
  until: instantOrNull,
  resumeToNode: textOrNull,
  onErrorNode: textOrNull,
  resultKey: textOrNull,
  prompt: textOrNull,
  choices: fc.option(fc.array(anyJson, { maxLength: 2 })),
  allowFreeText: fc.boolean(),
  details: fc.option(anyJsonObject),
  timeout: fc.option(whole({ at: instant, node: textOrNull })),
  gate: fc.option(gate),
  join: fc.option(anyJoin),
  any: fc.boolean(),
}).chain((wait) =>
  // Half of them have the keys that the key implies, which are not stored.
  fc
    .boolean()
    .map((implied) =>
      implied ? { ...wait, waitKeys: wait.waitKey === null ? [] : [wait.waitKey] } : wait,
    ),
);

const anyEffect: fc.Arbitrary<EffectRequest> = whole<EffectRequest>({
  type: text,
  payload: anyJsonObject,
  resultKey: textOrNull,
  refs: fc.option(fc.dictionary(anyKey, text, { maxKeys: 2, noNullPrototype: true })),
});

const anyPending: fc.Arbitrary<Pending> = whole<Pending>({
  phase: fc.constantFrom("ready", "begun"),
  stepId: text,
  ordinal: count,
  nodeId: text,
  effect: anyEffect,
  next: textOrNull,
  onError: textOrNull,
  replay,
  idempotencyKey: text,
  waitId: text,
  attempt: count,
  failures: count,
  interruptions: count,
  notBefore: instantOrNull,
  startedAt: instantOrNull,
});

const anyParent: fc.Arbitrary<ParentLink> = maybe(
  whole({
    runId: text,
    stepId: text,
    waitId: textOrNull,
    index: fc.option(count),
    branch: fc.boolean(),
  }),
  whole({ grant: anyGrant }),
);

const anyOrigin: fc.Arbitrary<ForkOrigin> = whole({ runId: text, seq: count });

const runFields = whole({
  runId: text,
  workflowId: text,
  workflowVersion: textOrNull,
  graphHash: textOrNull,
  nonce: text,
  currentNode: text,
  vars: anyJsonObject,
  paused: fc.boolean(),
  createdAt: instant,
  updatedAt: instant,
  actorId: textOrNull,
  sessionId: textOrNull,
  parentRunId: textOrNull,
  parent: fc.option<ParentLink>(anyParent),
  origin: fc.option<ForkOrigin>(anyOrigin),
  depth: count,
  revision: count,
  seq: count,
  ordinal: count,
});

const none = { pending: null, waiting: null, output: null, error: null };

export const anyRun: fc.Arbitrary<RunState> = fc
  .tuple(runFields, fc.option(anyPending), anyWait, anyJson, anyError)
  .chain(([fields, pending, waiting, output, error]) =>
    fc.constantFrom<RunState[]>(
      { ...fields, ...none, status: "running", pending },
      { ...fields, ...none, status: "waiting", pending, waiting },
      { ...fields, ...none, status: "completed", output },
      { ...fields, ...none, status: "failed", error },
      { ...fields, ...none, status: "cancelled", error },
    ),
  );

export const anyHead: fc.Arbitrary<RunHead> = whole<RunHead>({
  wakeAt: instantOrNull,
  leaseId: textOrNull,
  leaseOwner: textOrNull,
  claims: count,
  inboxSeq: count,
  inboxSize: count,
  commitId: text,
  ledgerHead: textOrNull,
});

const shared = {
  runId: text,
  seq: countFromOne,
  revision: countFromOne,
  commitId: text,
  last: fc.boolean(),
  nodeId: text,
  startedAt: instant,
  endedAt: instantOrNull,
  actorId: textOrNull,
  sessionId: textOrNull,
};
const handlers = { path: texts, changes: anyPatch };
const open = { pending: fc.option(anyPending), waiting: fc.option(anyWait) };
const said = { messageId: textOrNull, by: textOrNull };
const step = { ...shared, stepId: text, ordinal: count, attempt: count, idempotencyKey: text };
const effect = { ...step, effectType: text };
const completed = {
  ...effect,
  kind: fc.constant("completed" as const),
  resultKey: textOrNull,
  result: anyJson,
};

/** A record that holds an intent names the type of its effect twice. */
function anyIntent(kind: "ready" | "begun"): fc.Arbitrary<LedgerRecord> {
  const intent = whole({
    ...handlers,
    effect: anyEffect,
    next: textOrNull,
    onError: textOrNull,
    replay,
    waitId: text,
  });
  return whole({ ...effect, kind: fc.constant(kind), intent: fc.option(intent) }).map((record) => ({
    ...record,
    effectType: record.intent?.effect.type ?? record.effectType,
  }));
}

/** Records of every kind. */
/** What a hash chain adds to a record; nothing in most ledgers. */
export const anyChainFields: fc.Arbitrary<
  Pick<LedgerRecord, "prevHash" | "recordHash" | "signature">
> = fc.oneof(
  fc.constant({}),
  whole({ prevHash: textOrNull, recordHash: text }),
  whole({ prevHash: textOrNull, recordHash: text, signature: text }),
);

export const recordsByKind: { readonly [Kind in RecordKind]: fc.Arbitrary<LedgerRecord> } = {
  created: whole({
    ...shared,
    kind: fc.constant("created"),
    workflowId: text,
    workflowVersion: textOrNull,
    graphHash: textOrNull,
    vars: anyJsonObject,
    nonce: text,
    parentRunId: textOrNull,
    parent: fc.option<ParentLink>(anyParent),
    depth: count,
  }),
  ready: anyIntent("ready"),
  begun: anyIntent("begun"),
  completed: fc.oneof(spending(completed), spending({ ...completed, origin: anyOrigin })),
  failed: spending({
    ...effect,
    kind: fc.constant("failed"),
    resultKey: textOrNull,
    error: anyError,
    retryAt: instantOrNull,
  }),
  interrupted: spending({ ...effect, kind: fc.constant("interrupted") }),
  waiting: spending({ ...effect, kind: fc.constant("waiting"), wait: anyWait }),
  gated: whole({ ...shared, kind: fc.constant("gated"), wait: anyWait, gate }),
  branched: whole({
    ...shared,
    ...said,
    kind: fc.constant("branched"),
    waitId: text,
    begun: count,
  }),
  answered: spending({
    ...shared,
    ...said,
    kind: fc.constant("answered"),
    stepId: textOrNull,
    waitId: text,
    key: textOrNull,
    result: anyJson,
    error: errorOrNull,
  }),
  timed_out: whole({
    ...shared,
    kind: fc.constant("timed_out"),
    stepId: textOrNull,
    waitId: text,
    result: anyJson,
    next: textOrNull,
  }),
  settled: spending({
    ...shared,
    ...said,
    kind: fc.constant("settled"),
    waitId: text,
    stepId: textOrNull,
    verdict,
    result: anyJson,
    error: errorOrNull,
  }),
  refused: spending({
    ...shared,
    ...said,
    kind: fc.constant("refused"),
    waitId: textOrNull,
    reason: anyError,
  }),
  late: spending({
    ...shared,
    ...said,
    kind: fc.constant("late"),
    stepId: text,
    attempt: count,
    result: anyJson,
    error: errorOrNull,
  }),
  moved: maybe(
    whole({ ...shared, ...handlers, kind: fc.constant("moved") }),
    whole({ warnings: fc.array(anyWarning, { minLength: 1, maxLength: 2 }) }),
  ),
  ended: whole({
    ...shared,
    ...handlers,
    kind: fc.constant("ended"),
    status: fc.constantFrom("completed", "failed"),
    output: anyJson,
    error: errorOrNull,
  }),
  cancelled: whole({ ...shared, ...said, kind: fc.constant("cancelled"), reason: text }),
  paused: whole({ ...shared, ...said, kind: fc.constant("paused") }),
  unpaused: whole({ ...shared, ...said, kind: fc.constant("unpaused") }),
  limits: spending({ ...shared, ...said, kind: fc.constant("limits"), changes: anyPatch }),
  forked: whole({
    ...shared,
    ...open,
    kind: fc.constant("forked"),
    origin: anyOrigin,
    originCommitId: textOrNull,
    nonce: text,
    changes: anyPatch,
    by: textOrNull,
  }),
  migrated: whole({
    ...shared,
    ...open,
    kind: fc.constant("migrated"),
    workflowVersion: textOrNull,
    graphHash: text,
    changes: anyPatch,
  }),
  entered: whole({
    ...shared,
    kind: fc.constant("entered"),
    workflowVersion: text,
    graphHash: text,
    changes: anyPatch,
  }),
  adopted: whole({ ...shared, kind: fc.constant("adopted"), run: anyRun }),
};

const sent = { messageId: text, by: textOrNull, sentAt: instant };

/** Messages of every kind. */
export const messagesByKind: { readonly [Kind in Message["kind"]]: fc.Arbitrary<Message> } = {
  answer: whole({ ...sent, kind: fc.constant("answer"), waitId: text, payload: anyJson }),
  event: whole({ ...sent, kind: fc.constant("event"), key: text, payload: anyJson }),
  child_ended: spending({
    ...sent,
    kind: fc.constant("child_ended"),
    childId: text,
    childWorkflowId: text,
    waitId: textOrNull,
    status: fc.constantFrom("completed", "failed", "cancelled"),
    output: anyJson,
    error: errorOrNull,
    index: fc.option<number>(count),
  }),
  join_due: whole({
    ...sent,
    kind: fc.constant("join_due"),
    waitId: text,
    completed: count,
    failed: count,
  }),
  spent: whole({
    ...sent,
    kind: fc.constant("spent"),
    childId: text,
    usage: anyUsage,
  }),
  cancel: whole({ ...sent, kind: fc.constant("cancel"), reason: text }),
  pause: whole({ ...sent, kind: fc.constant("pause") }),
  unpause: whole({ ...sent, kind: fc.constant("unpause") }),
  limits: whole({ ...sent, kind: fc.constant("limits"), limits: anyJsonObject }),
  settle: whole({ ...sent, kind: fc.constant("settle"), waitId: text, verdict, result: anyJson }),
  outcome: spending({
    ...sent,
    kind: fc.constant("outcome"),
    stepId: text,
    attempt: count,
    result: anyJson,
    error: errorOrNull,
  }),
};

export const anySnapshot: fc.Arbitrary<Snapshot> = whole<Snapshot>({
  snapshotId: text,
  runId: text,
  stepId: textOrNull,
  name: text,
  description: textOrNull,
  tags: texts,
  createdAt: instant,
  updatedAt: instant,
  runState: anyRun,
});

export const anyArtifactMetadata: fc.Arbitrary<ArtifactMetadata> = whole<ArtifactMetadata>({
  artifactId: text,
  contentType: text,
  sizeBytes: count,
  createdAt: instant,
  runId: textOrNull,
  tags: fc.dictionary(anyKey, text, { maxKeys: 3, noNullPrototype: true }),
});

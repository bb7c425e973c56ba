import {
  complete,
  defineEffect,
  defineWorkflow,
  DefaultEffectPolicy,
  MemoryStore,
  Runtime,
  type ErrorCode,
} from "@abstractruntime/core";
import { idle, numbers } from "./scene.ts";

/** A definition that is refused when it is made; `says` are parts of the message. */
export interface BadDefinition {
  readonly what: string;
  readonly make: () => unknown;
  readonly code: ErrorCode;
  readonly says: readonly string[];
}

// The types would refuse most of these; callers without types can write them all.
const workflow = (what: string, definition: object, says: readonly string[]): BadDefinition => ({
  what: `workflow: ${what}`,
  make: () =>
    defineWorkflow({ id: "w", entry: "a", nodes: { a: () => complete(null) }, ...definition }),
  code: "invalid_workflow",
  says,
});

const effect = (what: string, spec: object, says: readonly string[]): BadDefinition => ({
  what: `effect: ${what}`,
  make: () => defineEffect({ type: "e", replay: "safe", perform: () => null, ...spec }),
  code: "invalid_argument",
  says,
});

const policy = (what: string, options: object, says: readonly string[]): BadDefinition => ({
  what: `policy: ${what}`,
  make: () => new DefaultEffectPolicy(options),
  code: "invalid_argument",
  says,
});

const runtime = (
  what: string,
  options: object,
  code: ErrorCode,
  says: readonly string[],
): BadDefinition => ({
  what: `runtime: ${what}`,
  make: () => new Runtime({ store: new MemoryStore(), ...options }),
  code,
  says,
});

const one = defineEffect({ type: "one", replay: "safe", perform: () => 1 });
const other = defineWorkflow({ id: "idle", entry: "b", nodes: { b: () => complete(1) } });

export const badDefinitions: readonly BadDefinition[] = [
  workflow("no id", { id: "" }, ["workflow id"]),
  workflow("an id of 300 characters", { id: "w".repeat(300) }, ["workflow id"]),
  workflow("an id that is no text", { id: 7 }, ["workflow id"]),
  workflow("a version that is no text", { version: 2 }, ["version"]),
  workflow("no nodes", { nodes: {} }, ["has no nodes"]),
  workflow("nodes that are none", { nodes: null }, ["nodes"]),
  workflow("an unknown entry", { entry: "b" }, ["entry", '"b"', "its nodes are a"]),
  workflow("a node that is no function", { nodes: { a: "complete" } }, ["node a", "function"]),
  workflow("an edge from nowhere", { edges: { b: ["a"] } }, ["edges", '"b"']),
  workflow("an edge to nowhere", { edges: { a: ["b"] } }, ["edges.a", '"b"']),
  workflow("an answer schema of no node", { answers: { b: numbers } }, ["answers", '"b"']),
  workflow("an answer schema that is none", { answers: { a: {} } }, ["answers.a"]),
  workflow("a vars schema that is none", { vars: { n: "number" } }, ["vars"]),
  workflow("no list of migrations", { migrate: { from: "0" } }, ["migrate", "list"]),
  workflow("a migration from nowhere", { migrate: [{}] }, ["migrate[0]", "from"]),
  workflow("a migration from itself", { migrate: [{ from: "1" }] }, ["migrate[0]", "raise"]),
  workflow("a migration twice", { migrate: [{ from: "0" }, { from: "0" }] }, ["migrate[1]", "two"]),
  workflow("a migration to nowhere", { migrate: [{ from: "0", nodes: { x: "b" } }] }, [
    "migrate[0].nodes.x",
    '"b"',
  ]),
  workflow(
    "a migration to a prototype",
    { migrate: [{ from: "0", resultKeys: { x: "__proto__" } }] },
    ["migrate[0].resultKeys.x", "reserved"],
  ),
  workflow("a migration by no function", { migrate: [{ from: "0", vars: {} }] }, [
    "migrate[0].vars",
    "function",
  ]),
  workflow("an output schema that is none", { output: "number" }, ["output"]),
  effect("no type", { type: "" }, ["type"]),
  effect("a type that is no text", { type: 7 }, ["type"]),
  effect("no replay contract", { replay: undefined }, ["e", "replay", "idempotent"]),
  effect("an unknown replay contract", { replay: "maybe" }, ["replay"]),
  effect("no function", { perform: "now" }, ["perform"]),
  effect("a timeout of nothing", { timeoutMs: 0 }, ["timeoutMs"]),
  effect("a timeout that is no number", { timeoutMs: Number.NaN }, ["timeoutMs"]),
  effect("no attempts", { retry: { maxAttempts: 0 } }, ["retry.maxAttempts"]),
  effect("half an attempt", { retry: { maxAttempts: 1.5 } }, ["retry.maxAttempts"]),
  effect("a negative delay", { retry: { baseMs: -1 } }, ["retry.baseMs"]),
  effect("too much jitter", { retry: { jitter: 2 } }, ["retry.jitter"]),
  effect("a payload schema that is none", { payload: {} }, ["payload"]),
  effect("a result schema that is none", { result: {} }, ["result"]),
  policy("no attempts", { maxAttempts: 0 }, ["maxAttempts"]),
  policy("no attempts for one type", { attempts: { llm_call: 0 } }, ["llm_call"]),
  policy("attempts in words", { maxAttempts: "three" }, ["maxAttempts"]),
  policy("a negative delay", { baseMs: -1 }, ["baseMs"]),
  policy("a greatest delay that is no number", { maxMs: Number.NaN }, ["maxMs"]),
  policy("too much jitter", { jitter: 1.1 }, ["jitter"]),
  policy("a timeout of nothing", { timeoutMs: 0 }, ["timeoutMs"]),
  policy("half an interruption", { maxInterruptions: 0.5 }, ["maxInterruptions"]),
  runtime("no store", { store: undefined }, "invalid_argument", ["store", "MemoryStore"]),
  runtime("a store that is none", { store: {} }, "invalid_argument", ["store"]),
  runtime("a lease of no time", { leaseMs: 0 }, "invalid_argument", ["leaseMs"]),
  runtime("a lease without an end", { leaseMs: Infinity }, "invalid_argument", ["leaseMs"]),
  runtime("half a depth", { maxDepth: 0.5 }, "invalid_argument", ["maxDepth"]),
  runtime("a negative depth", { maxDepth: -1 }, "invalid_argument", ["maxDepth"]),
  runtime("two effects of one type", { effects: [one, one] }, "duplicate_effect", ["one"]),
  runtime("two graphs of one version", { workflows: [idle, other] }, "duplicate_workflow", [
    "idle",
    "version 1",
  ]),
  runtime("limits in words", { limits: { maxTokens: "lots" } }, "invalid_argument", ["maxTokens"]),
  runtime(
    "limits that are no numbers",
    { limits: { maxIterations: Number.NaN } },
    "invalid_argument",
    ["maxIterations"],
  ),
];

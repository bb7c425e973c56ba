import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject, JsonValue } from "@abstractruntime/core";

/** What a node does in one case: change vars, then raise, return nothing, or plan. */
export interface NodeCase {
  readonly when?: Condition;
  readonly set?: Readonly<Record<string, JsonValue>>;
  readonly raise?: string;
  readonly return_null?: boolean;
  readonly plan?: {
    readonly node_id?: string;
    readonly effect?: {
      readonly type: string;
      readonly payload?: JsonValue;
      readonly result_key?: string;
    };
    readonly next_node?: string;
    readonly complete_output?: JsonValue;
  };
}

/** When a case is taken; exactly one of its forms. */
export interface Condition {
  readonly visit?: number;
  readonly visit_below?: number;
  readonly var?: string;
  readonly equals?: JsonValue;
  readonly below?: number;
  readonly missing?: boolean;
}

export interface WorkflowSpec {
  readonly workflow_id: string;
  readonly entry_node: string;
  readonly nodes: Readonly<Record<string, readonly NodeCase[]>>;
}

/** How one call of an effect handler ends. */
export interface HandlerOutcome {
  readonly completed?: JsonValue;
  readonly failed?: string | null;
  readonly raise?: string;
  readonly waiting?: JsonObject;
}

export interface PolicySpec {
  readonly kind: "default" | "retry" | "none";
  readonly max_attempts?: number;
  readonly llm_max_attempts?: number;
  readonly tool_max_attempts?: number;
  /** Seconds. */
  readonly backoff_base?: number;
  readonly backoff_max?: number;
  readonly per_type?: Readonly<Record<string, number | { readonly max_attempts?: number }>>;
}

export type FaultOp = "run_save" | "ledger_append";

export type Action =
  | {
      readonly do: "start";
      readonly workflow: string;
      readonly as: string;
      readonly vars?: JsonObject;
      readonly actor_id?: string;
      readonly session_id?: string;
      readonly parent?: string;
    }
  | {
      readonly do: "tick";
      readonly run: string;
      readonly max_steps?: number;
      readonly workflow?: string;
    }
  | {
      readonly do: "resume" | "resume_event";
      readonly run: string;
      readonly wait_key?: string | null;
      readonly payload?: JsonValue;
    }
  | { readonly do: "cancel"; readonly run: string; readonly reason?: string }
  | { readonly do: "resume_parent"; readonly child: string; readonly output?: JsonValue }
  | { readonly do: "set_until"; readonly run: string; readonly until: string }
  | { readonly do: "update_limits"; readonly run: string; readonly updates?: JsonObject }
  | { readonly do: "list_runs"; readonly filter?: JsonObject }
  | {
      readonly do: "fault";
      readonly op: FaultOp;
      readonly nth?: number;
      readonly when?: "before" | "after";
    }
  | {
      readonly do:
        | "cancel_tree"
        | "get_state"
        | "limit_status"
        | "check_limits"
        | "list_children"
        | "verify_chain";
      readonly run: string;
    }
  | { readonly do: "poll" | "restart" };

export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly class: "parity" | "defect";
  readonly better?: string;
  readonly workflows: readonly WorkflowSpec[];
  readonly actions: readonly Action[];
  readonly handlers?: Readonly<Record<string, readonly HandlerOutcome[]>>;
  readonly policy?: PolicySpec;
  readonly config?: JsonObject;
  /** Null: no registry at all. */
  readonly registered?: readonly string[] | null;
  readonly chained?: boolean;
}

export interface Thrown {
  readonly kind: string;
  readonly message?: string;
}

export type ActionResult = { readonly returns: JsonValue } | { readonly throws: Thrown };

export interface Expected {
  readonly actions: readonly ActionResult[];
  readonly runs: Readonly<Record<string, JsonObject>>;
  readonly ledgers: Readonly<Record<string, readonly JsonObject[]>>;
  readonly handler_calls: readonly JsonObject[];
  /** Seconds. */
  readonly sleeps: readonly number[];
}

export interface ScenarioFile {
  readonly scenario: Scenario;
  readonly expected: Expected;
}

const folder = join(import.meta.dirname, "../../../../fixtures/python-0.2.0/scenarios");

/** The scenarios that were recorded with 0.2.0, in order of their names. */
export function recordedScenarios(): readonly ScenarioFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names
    .toSorted()
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as ScenarioFile);
}

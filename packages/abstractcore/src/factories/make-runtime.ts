import { AbstractRuntimeError, MemoryStore, RetryPolicy, Runtime } from "@abstractruntime/core";
import { agentNeeds } from "../agent/agent-effects.ts";
import { llmCallEffect, type LlmCallEffectOptions } from "../llm/llm-call-effect.ts";
import type { LlmClient } from "../llm/llm-client.ts";
import { toolCallsEffects } from "../tools/tool-calls-effects.ts";
import type { Tool } from "../tools/tool.ts";
import type { LlmRuntimeOptions, LocalToolOptions } from "./llm-runtime-options.ts";

/** 0.2.0 took stores in halves, and replaced what it was given by memory if one was missing. */
const halves = ["runStore", "ledgerStore"] as const;

/**
 * A runtime whose model calls go to a client. Its policy is 0.2.0's `RetryPolicy`, unless another is given: three attempts at a
 * model call.
 *
 * @throws invalid_argument half a store: nothing is ever put in the place of what was given; tools and an executor of tools
 */
export function makeRuntime(
  client: LlmClient,
  options: LlmRuntimeOptions & LocalToolOptions & Pick<LlmCallEffectOptions, "timeoutMs">,
): Runtime {
  const { stream, outputs, prices, llmReplay, timeoutMs, store, ...given } = options;
  const { tools, toolExecutor, maxConcurrency, agents: drives = [], effects = [], ...rest } = given;
  assertClear(options);
  const agents = [...drives];
  const needs = agentNeeds(agents);
  if (needs.llm !== null)
    throw invalid("agents: an agent brings its own llm: give its effects to new Runtime()");
  const llm = llmCallEffect({ client, stream, outputs, prices, replay: llmReplay, timeoutMs });
  const executor = toolExecutor ?? toolsOf(tools, needs.tools);
  return new Runtime({
    policy: new RetryPolicy({ jitter: 0.25 }),
    ...rest,
    store: store === undefined ? new MemoryStore(clockOf(options)) : store,
    workflows: [...(rest.workflows ?? []), ...agents],
    effects: [llm, ...toolCallsEffects(executor, { maxConcurrency }), ...needs.calls, ...effects],
  });
}

/** The tools of the runtime and of its agents, each once; undefined: there are none. */
function toolsOf(
  tools: Iterable<Tool> | undefined,
  ofAgents: readonly Tool[],
): readonly Tool[] | undefined {
  const all = new Set([...(tools ?? []), ...ofAgents]);
  return tools === undefined && all.size === 0 ? undefined : [...all];
}

/** The store's clock is the runtime's, so that a test moves both. */
function clockOf({ clock }: LlmRuntimeOptions): ConstructorParameters<typeof MemoryStore>[0] {
  return clock === undefined ? {} : { clock };
}

function assertClear(options: LlmRuntimeOptions & LocalToolOptions): void {
  const half = halves.find((name) => name in options);
  if (half !== undefined)
    throw invalid(`${half}: give both halves as store: combineStores({ runs, ledger })`);
  if (options.tools !== undefined && options.toolExecutor !== undefined)
    throw invalid("tools, toolExecutor: give one of them");
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}

import {
  MemoryStore,
  Runtime,
  type JsonObject,
  type LedgerRecord,
  type RunState,
  type RuntimeOptions,
} from "@abstractruntime/core";
import { VirtualClock } from "@abstractruntime/testkit";
import { z } from "zod";
import {
  agentEffects,
  defineTool,
  reactAgent,
  type Agent,
  type AgentInput,
  type LlmMessage,
  type ReactAgentSpec,
} from "../../src/index.ts";
import { ScriptedModel } from "./scripted-model.ts";

export const add = defineTool({
  name: "add",
  description: "Adds two numbers",
  parameters: z.object({ a: z.number(), b: z.number() }),
  replay: "safe",
  execute: ({ a, b }) => a + b,
});

/** Notes what it was told, and says it back. */
export function noting(name = "note") {
  const told: string[] = [];
  const tool = defineTool({
    name,
    description: "Notes a text",
    parameters: z.object({ text: z.string() }),
    replay: "safe",
    execute: ({ text }) => {
      told.push(text);
      return `noted ${text}`;
    },
  });
  return { tool, told };
}

/** A store, a clock, and runtimes over them that have the effects of some agents. */
export function agentWorld(options: Partial<RuntimeOptions> = {}) {
  const clock = new VirtualClock();
  const store = new MemoryStore({ clock });
  return {
    clock,
    store,
    runtime(...agents: readonly Agent[]): Runtime {
      const effects = [...agentEffects(agents), ...(options.effects ?? [])];
      const shared = { store, clock, closesStore: false };
      return new Runtime({ workflows: agents, ...shared, ...options, effects });
    },
  };
}

/** An agent on a model that says these things, and a run of it, as far as it goes by itself. */
export async function converse<Data = string>(
  model: ScriptedModel,
  spec: ReactAgentSpec<Data, never> = {},
  vars: AgentInput = { task: "go" },
  options: Partial<RuntimeOptions> = {},
) {
  const world = agentWorld(options);
  const agent = reactAgent({ llm: model, ...spec });
  const runtime = world.runtime(agent);
  const run = await runtime.start(agent, { vars, id: "run" });
  return { ...world, agent, run, runtime, state: await run.state() };
}

/** The conversation that a run holds. */
export function messagesOf({ vars }: RunState): readonly LlmMessage[] {
  // The agent put them there; a state says of its vars only that they are JSON.
  return (vars["context"] as JsonObject)["messages"] as unknown as readonly LlmMessage[];
}

/** The contents of a conversation's messages of one role. */
export function said(state: RunState, role: LlmMessage["role"]): readonly unknown[] {
  return messagesOf(state)
    .filter((message) => message.role === role)
    .map(({ content }) => content);
}

/** What the records of a run's ledger say of an effect type. */
export async function payloadsOf(
  runtime: Runtime,
  runId: string,
  type: string,
): Promise<readonly JsonObject[]> {
  const records: readonly LedgerRecord[] = await runtime.getLedger(runId);
  return records.flatMap((record) =>
    record.kind === "begun" && record.intent?.effect.type === type
      ? [record.intent.effect.payload]
      : [],
  );
}

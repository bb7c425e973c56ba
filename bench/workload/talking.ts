import {
  defineTool,
  llmResult,
  reactAgent,
  type Agent,
  type LlmClient,
} from "@abstractruntime/abstractcore";

/** How an agent's turns look: what the model says beside its call, and what its tool returns. */
export interface TurnSizes {
  readonly turns: number;
  readonly saidBytes: number;
  readonly resultBytes: number;
}

/** Told at the beginning and at the end of everything that is not the runtime: the model's and the tool's own work. */
export interface Elsewhere {
  away(): void;
  back(): void;
}

/** An agent that calls its one tool in every turn but the last. Nothing but the runtime takes time: the model's words are ready. */
export function talkative(sizes: TurnSizes, elsewhere: Partial<Elsewhere> = {}): Agent {
  let turn = 0;
  const llm: LlmClient = {
    generate: async () => {
      elsewhere.away?.();
      turn += 1;
      const isLast = turn === sizes.turns;
      const content = text(turn, sizes.saidBytes);
      const call = { name: "look", arguments: JSON.stringify({ page: turn }) };
      const tool_calls = [{ id: `call_${turn}`, type: "function" as const, function: call }];
      const answer = llmResult({
        content,
        tool_calls: isLast ? null : tool_calls,
        finish_reason: "stop",
      });
      elsewhere.back?.();
      return answer;
    },
  };
  const look = defineTool({
    name: "look",
    description: "Looks at a page",
    replay: "safe",
    execute: ({ page }: { page: number }) => text(page, sizes.resultBytes),
  });
  return reactAgent({ llm, system: "You read.", tools: [look], maxTurns: sizes.turns });
}

/** A text like a page of prose: no two are alike. */
function text(seed: number, bytes: number): string {
  return `page ${seed}: ${"lorem ipsum dolor sit amet ".repeat(Math.ceil(bytes / 27))}`.slice(
    0,
    bytes,
  );
}

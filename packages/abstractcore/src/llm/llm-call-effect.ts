import {
  AbstractRuntimeError,
  defineEffect,
  type Effect,
  type EffectContext,
  type ReplayContract,
  type RetryOptions,
} from "@abstractruntime/core";
import { DeltaReporter } from "../stream/delta-reporter.ts";
import { traceMetadata } from "../trace/trace-metadata.ts";
import { costOf, type PriceTable } from "../usage/price-table.ts";
import { tokenUsage } from "../usage/token-usage.ts";
import type { LlmClient, LlmRequest } from "./llm-client.ts";
import { readLlmPayload, type LlmCallPayload, type LlmCallRequest } from "./llm-payload.ts";
import { withTraceId, type LlmResult } from "./llm-result.ts";
import type { OutputFormat } from "./output-format.ts";
import { askForOutput, formatFor } from "./structured-output.ts";

export interface LlmCallEffectOptions {
  /** Who is asked. */
  readonly client: LlmClient;
  /** Whether answers are streamed to `watch` subscribers where a call's `params.stream` does not say; false by default. */
  readonly stream?: boolean | undefined;
  /** The forms of output that calls may ask for. */
  readonly outputs?: Iterable<OutputFormat> | undefined;
  /** Prices by model, for the run's cost. Without, no cost is counted. */
  readonly prices?: PriceTable | undefined;
  /**
   * What a crash in the middle of a call means; `safe` by default: asked again. An answer that nobody saw changed nothing in the
   * world but the bill. `never` stops at a person instead.
   */
  readonly replay?: ReplayContract | undefined;
  /** The runtime's policy by default; 0.2.0's `RetryPolicy` has three attempts. */
  readonly retry?: RetryOptions | undefined;
  /** Milliseconds without an answer or, when streaming, without a piece of it. The policy's by default, beside the client's own. */
  readonly timeoutMs?: number | undefined;
}

/** The effect type `llm_call`, as a value: it goes to `new Runtime({ effects })`. */
export type LlmCallEffect = Effect<"llm_call", LlmCallPayload, LlmResult>;

/**
 * Make the `llm_call` effect over a client. Plans of `llmCall(...)`, and 0.2.0's raw
 * `{ effect: { type: "llm_call", payload }, … }`, are performed by it.
 *
 * Tokens, cost and the number of calls go to the run's limits, however the attempt ends. What the model server refuses is final;
 * what may pass (429, 5xx, the network, an answer cut short) is the policy's to repeat.
 *
 * @throws invalid_argument two outputs of one name, or a wrong retry option or contract
 */
export function llmCallEffect(options: LlmCallEffectOptions): LlmCallEffect {
  const call = new LlmCalls(options);
  return defineEffect({
    type: "llm_call",
    replay: options.replay ?? "safe",
    retry: options.retry,
    timeoutMs: options.timeoutMs,
    perform: (payload: unknown, context): Promise<LlmResult> => call.perform(payload, context),
  });
}

class LlmCalls {
  readonly #options: LlmCallEffectOptions;
  readonly #outputs: ReadonlyMap<string, OutputFormat>;

  constructor(options: LlmCallEffectOptions) {
    this.#options = options;
    this.#outputs = byName(options.outputs ?? []);
  }

  async perform(payload: unknown, context: EffectContext): Promise<LlmResult> {
    const request = readLlmPayload(payload);
    const format = request.output && formatFor(this.#outputs, request.output);
    const ask = this.#asker(context);
    const traced = this.#traced(request, context);
    return format === null
      ? ask(traced)
      : askForOutput(ask, traced, format, request.output?.repair === true);
  }

  #asker(context: EffectContext): (request: LlmRequest) => Promise<LlmResult> {
    const { client, prices } = this.#options;
    const deltas = new DeltaReporter(context);
    return async (request) => {
      const answer = deltas.beginAnswer();
      // The call that repairs is another one: with the same key a server would give the first answer again.
      const idempotencyKey = context.idempotencyKey + (answer === 0 ? "" : `-${answer}`);
      const result = await client.generate(request, {
        signal: context.signal,
        idempotencyKey,
        onDelta: (delta) => deltas.report(delta),
      });
      const tokens = tokenUsage(result?.usage);
      context.usage({ iterations: 1, ...tokens, cost: costOf(prices, result?.model, tokens) });
      return withTraceId(result);
    };
  }

  /** The request with who asks in it. The payload itself stays as it was intended. */
  #traced(request: LlmCallRequest, context: EffectContext): LlmRequest {
    const { output: _output, params, ...rest } = request;
    const trace_metadata = traceMetadata(params.trace_metadata, context);
    const stream = params.stream ?? this.#options.stream;
    return { ...rest, params: { ...params, ...(stream && { stream }), trace_metadata } };
  }
}

function byName(outputs: Iterable<OutputFormat>): ReadonlyMap<string, OutputFormat> {
  const known = new Map<string, OutputFormat>();
  for (const output of outputs) {
    if (known.has(output.name) && known.get(output.name) !== output)
      throw new AbstractRuntimeError(
        "invalid_argument",
        `outputs: two formats have the name ${output.name}: give each its own`,
      );
    known.set(output.name, output);
  }
  return known;
}

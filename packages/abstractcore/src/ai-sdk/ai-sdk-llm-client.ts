import { systemClock, type Clock } from "@abstractruntime/core";
import {
  generateText,
  streamText,
  wrapLanguageModel,
  type LanguageModel,
  type TextStreamPart,
  type ToolSet,
} from "ai";
import type { GenerateOptions, LlmClient, LlmDelta, LlmRequest } from "../llm/llm-client.ts";
import type { LlmResult } from "../llm/llm-result.ts";
import { noAnswer } from "../remote/call-failure.ts";
import { callSettings, responseFormat, toolChoice, toolSet } from "./call-settings.ts";
import { modelMessages } from "./model-messages.ts";
import { sdkResult } from "./sdk-answer.ts";
import { sdkFailure } from "./sdk-failure.ts";
import { ToolInputs } from "./tool-inputs.ts";

/** A model of the AI SDK, of any version that it takes. */
export type AiSdkModel = Exclude<LanguageModel, string>;

export interface AiSdkLlmClientOptions {
  readonly model: AiSdkModel;
  readonly clock?: Clock | undefined;
}

type Call = Parameters<typeof generateText>[0] & Parameters<typeof streamText>[0];

/**
 * Asks a model of the AI SDK, in this process. Tools are shown to the model and never executed: that is an effect of its own.
 * Neither does the AI SDK repeat calls: the runtime's policy does.
 */
export class AiSdkLlmClient implements LlmClient {
  readonly #model: AiSdkModel;
  readonly #clock: Clock;

  constructor({ model, clock = systemClock }: AiSdkLlmClientOptions) {
    this.#model = model;
    this.#clock = clock;
  }

  async generate(request: LlmRequest, options: GenerateOptions = {}): Promise<LlmResult> {
    const { signal } = options;
    signal?.throwIfAborted();
    try {
      const call = this.#call(request, options);
      const isStreamed = request.params?.stream === true;
      return await (isStreamed ? stream(call, options) : generateOnce(call));
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw sdkFailure(error, this.#clock.now());
    }
  }

  #call(request: LlmRequest, { signal }: GenerateOptions): Call {
    const { prompt, messages, systemPrompt, tools, params } = request;
    const choice = toolChoice(params?.tool_choice);
    const asked = messages?.length ? messages : [{ role: "user" as const, content: prompt ?? "" }];
    return {
      model: this.#modelFor(request),
      maxRetries: 0,
      allowSystemInMessages: true,
      messages: modelMessages(asked),
      ...callSettings(params ?? {}),
      ...(systemPrompt && { instructions: systemPrompt }),
      ...(tools?.length && { tools: toolSet(tools) }),
      ...(tools?.length && choice && { toolChoice: choice }),
      ...(signal && { abortSignal: signal }),
    };
  }

  /** A form of output is set on the model's call itself: what it says is checked by the effect, not here. */
  #modelFor({ params }: LlmRequest): AiSdkModel {
    const format = responseFormat(params?.response_format);
    if (format === undefined) return this.#model;
    return wrapLanguageModel({
      model: this.#model,
      middleware: {
        specificationVersion: "v4",
        transformParams: async ({ params: own }) => ({ ...own, responseFormat: format }),
      },
    });
  }
}

async function generateOnce(call: Call): Promise<LlmResult> {
  const answer = await generateText(call);
  assertWhole(answer.finishReason);
  return sdkResult(answer);
}

async function stream(call: Call, { onDelta }: GenerateOptions): Promise<LlmResult> {
  // Errors come through the stream; without a listener the AI SDK prints them.
  const streamed = streamText({ ...call, onError: () => {} });
  const inputs = new ToolInputs();
  for await (const part of streamed.fullStream) {
    if (part.type === "error") throw part.error;
    const delta = deltaOf(part, inputs);
    if (delta !== undefined) onDelta?.(delta);
  }
  const finishReason = await streamed.finishReason;
  assertWhole(finishReason);
  const [text, toolCalls, usage, response] = await Promise.all([
    streamed.text,
    streamed.toolCalls,
    streamed.usage,
    streamed.response,
  ]);
  return sdkResult({ text, toolCalls, finishReason, usage, response });
}

function deltaOf(part: TextStreamPart<ToolSet>, inputs: ToolInputs): LlmDelta | undefined {
  const { type } = part;
  if (type === "tool-input-start") return inputs.start(part.id, part.toolName);
  if (type === "tool-input-delta") return inputs.add(part.id, part.delta);
  if (type !== "text-delta" && type !== "reasoning-delta") return undefined;
  const { text } = part;
  if (text === "") return undefined;
  return { type: type === "text-delta" ? "content" : "reasoning", text };
}

/** An answer that broke off is none, whatever came of it. */
function assertWhole(finishReason: string): void {
  if (finishReason === "interrupted") throw noAnswer("the model's stream was cut short");
  if (finishReason === "error") throw noAnswer("the model stopped because of an error");
}

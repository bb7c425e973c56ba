import { EffectError, type JsonObject } from "@abstractruntime/core";
import { checkSchema, type Checked } from "./check-schema.ts";
import type { LlmRequest } from "./llm-client.ts";
import type { LlmMessage } from "./llm-message.ts";
import type { RequestedOutput } from "./llm-payload.ts";
import type { LlmResult } from "./llm-result.ts";
import type { OutputFormat } from "./output-format.ts";

type Ask = (request: LlmRequest) => Promise<LlmResult>;

/**
 * Ask for an answer of a form. An answer that does not match is, if repair is asked for, sent back once with what is wrong,
 * in the same step: the repair has no meaning of its own, and the graph needs no nodes for it. What it costs: a crash between
 * the two calls repeats both. An answer of tool calls alone is no output yet, and passes as it is.
 *
 * @throws EffectError final, `llm_output_invalid`
 */
export async function askForOutput(
  ask: Ask,
  request: LlmRequest,
  format: OutputFormat,
  repair: boolean,
): Promise<LlmResult> {
  const first = withFormat(request, format);
  const answer = await ask(first);
  if (isOnlyToolCalls(answer)) return answer;
  const checked = await checkAnswer(format, answer);
  if (checked.isValid) return withData(answer, checked.value);
  if (!repair) throw invalidOutput(format, checked.problem);
  const repaired = await ask(repairRequest(first, answer, checked.problem));
  const checkedAgain = await checkAnswer(format, repaired);
  if (!checkedAgain.isValid) throw invalidOutput(format, checkedAgain.problem);
  return withData(repaired, checkedAgain.value);
}

/** @throws EffectError final: the process that performs the effect does not know the format */
export function formatFor(
  outputs: ReadonlyMap<string, OutputFormat>,
  requested: RequestedOutput,
): OutputFormat {
  const format = outputs.get(requested.name);
  if (format !== undefined) return format;
  throw new EffectError(
    `llm_call: no output format is named ${requested.name}: give it in outputs`,
    { code: "invalid_argument", final: true, certain: true },
  );
}

/** The form as a server is told of it: `params.response_format`. */
export function responseFormat({ name, jsonSchema, strict }: OutputFormat): JsonObject {
  const json_schema = { name, schema: jsonSchema, ...(strict && { strict }) };
  return { type: "json_schema", json_schema };
}

function withFormat(request: LlmRequest, format: OutputFormat): LlmRequest {
  return {
    ...request,
    params: { response_format: responseFormat(format), ...request.params },
  };
}

function repairRequest(request: LlmRequest, answer: LlmResult, problem: string): LlmRequest {
  const asked: readonly LlmMessage[] = request.messages?.length
    ? request.messages
    : [{ role: "user", content: request.prompt ?? "" }];
  const told: readonly LlmMessage[] = [
    { role: "assistant", content: answer.content ?? "" },
    { role: "user", content: `${problem}\nAnswer again, with the corrected JSON alone.` },
  ];
  return { ...request, messages: [...asked, ...told] };
}

function isOnlyToolCalls({ content, tool_calls: calls }: LlmResult): boolean {
  return !content && calls !== null && calls !== undefined && calls.length > 0;
}

/** What a model's answer is in the asked form, or what is wrong with it. */
export async function checkAnswer<Data>(
  format: OutputFormat<Data>,
  { content }: Pick<LlmResult, "content">,
): Promise<Checked<Data>> {
  const text = unfenced(content ?? "");
  try {
    return await checkSchema(format.schema, JSON.parse(text));
  } catch {
    return { isValid: false, problem: "the answer is not JSON" };
  }
}

/** Models like to wrap JSON in a block of Markdown. */
function unfenced(text: string): string {
  return /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text;
}

/** What the schema made of it is JSON, or the runtime refuses it with its path. */
function withData(answer: LlmResult, data: unknown): LlmResult {
  return { ...answer, data: data as LlmResult["data"] };
}

function invalidOutput({ name }: OutputFormat, problem: string): EffectError {
  return new EffectError(`the answer is no ${name}: ${problem}`, {
    code: "llm_output_invalid",
    final: true,
    // What happened is known: with `replay: "never"`, too, nobody has to find it out.
    certain: true,
  });
}

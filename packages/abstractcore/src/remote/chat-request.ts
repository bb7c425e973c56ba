import type { LlmRequest } from "../llm/llm-client.ts";
import { wireMessages, wireTool } from "./wire-messages.ts";

/** What 0.2.0 sent, in its order. */
const known = [
  "temperature",
  "max_tokens",
  "stop",
  "seed",
  "frequency_penalty",
  "presence_penalty",
] as const;

/** Parameters that are not sent under their own name, or not at all. */
const handled = new Set(["model", "stream", "base_url", "trace_metadata", "messages", ...known]);

/** The body of a chat completion. First what 0.2.0 sent, as it did; then every other parameter that is not null. */
export function chatRequest(request: LlmRequest, model: string): { [name: string]: unknown } {
  const params = request.params ?? {};
  const stream = params.stream === true;
  const body: { [name: string]: unknown } = {
    model: params.model || model,
    messages: wireMessages(request),
    stream,
  };
  if (params.base_url) body["base_url"] = params.base_url;
  for (const name of known) add(body, name, params[name]);
  add(body, "tools", request.tools?.map(wireTool));
  // Null for servers that do not know it: they then give no usage.
  if (stream && params["stream_options"] === undefined)
    body["stream_options"] = { include_usage: true };
  for (const [name, value] of Object.entries(params))
    if (!handled.has(name)) add(body, name, value);
  return body;
}

function add(body: { [name: string]: unknown }, name: string, value: unknown): void {
  if (value !== undefined && value !== null) body[name] = value;
}

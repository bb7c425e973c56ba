import type { JsonObject } from "@abstractruntime/core";
import type { ToolCall, WireToolCall } from "./tool-call.ts";

/** A part of a message's content, as OpenAI-compatible servers have it: text, `image_url`, `input_audio`, `file`. */
export type ContentPart = JsonObject & { readonly type: string };

/** One message of a conversation. At rest in `vars`, so its fields are JSON and have their names on the wire. */
export type LlmMessage =
  | { readonly role: "system" | "developer"; readonly content: string }
  | { readonly role: "user"; readonly content: string | readonly ContentPart[] }
  | {
      readonly role: "assistant";
      readonly content?: string | null;
      /** Of either form; clients send the wire form. */
      readonly tool_calls?: readonly (WireToolCall | ToolCall)[] | null;
    }
  | { readonly role: "tool"; readonly tool_call_id: string; readonly content: string };

/** A tool as the model sees it. */
export type LlmTool =
  | {
      readonly type: "function";
      readonly function: {
        readonly name: string;
        readonly description?: string;
        /** JSON Schema of the arguments. */
        readonly parameters?: JsonObject;
        readonly strict?: boolean;
      };
    }
  | { readonly name: string; readonly description?: string; readonly parameters?: JsonObject };

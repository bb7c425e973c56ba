import {
  decodeMessage,
  encodeMessage,
  type EventMessage,
  Fields,
  type JsonObject,
  type KeptEvent,
} from "@abstractruntime/core/store";

/** One line of the file of events. */
export type EventLine =
  /** Published, for runs that waited or, without any, to be kept. */
  | { readonly kind: "published"; readonly event: KeptEvent; readonly to: readonly string[] }
  /** Events that were kept are a run's now. */
  | { readonly kind: "taken"; readonly messages: readonly EventMessage[]; readonly by: string }
  /** Somebody got it. What is left of a publication when the file is written anew. */
  | { readonly kind: "given"; readonly messageId: string; readonly expiresAt: string };

export function renderEventLine(line: EventLine): string {
  return `${JSON.stringify(encode(line))}\n`;
}

function encode(line: EventLine): JsonObject {
  const { kind } = line;
  switch (kind) {
    case "published": {
      const { message, expiresAt } = line.event;
      return { kind, event: encodeMessage(message), expires_at: expiresAt, to: line.to };
    }
    case "taken":
      return { kind, events: line.messages.map(encodeMessage), by: line.by };
    case "given":
      return { kind, message_id: line.messageId, expires_at: line.expiresAt };
    default:
      return line satisfies never;
  }
}

/** @throws store_corrupt, SyntaxError */
export function parseEventLine(text: string, where: string): EventLine {
  const fields = new Fields(JSON.parse(text), where);
  const kind = fields.oneOf("kind", ["published", "taken", "given"]);
  switch (kind) {
    case "published": {
      const message = readEvent(fields.value("event"), where);
      const event = { message, expiresAt: fields.instant("expires_at") };
      return { kind, event, to: fields.texts("to") };
    }
    case "taken": {
      const messages = fields.list("events").map((event) => readEvent(event, where));
      return { kind, messages, by: fields.text("by") };
    }
    case "given":
      return {
        kind,
        messageId: fields.text("message_id"),
        expiresAt: fields.instant("expires_at"),
      };
    default:
      return kind satisfies never;
  }
}

function readEvent(value: unknown, where: string): EventMessage {
  const message = decodeMessage(value, where);
  if (message.kind === "event") return message;
  return new Fields(value, where).refuse("kind", "event");
}

import { runsSql } from "./0001-runs.ts";
import { messagesSql } from "./0002-messages.ts";
import { eventsSql } from "./0003-events.ts";
import { artifactsSql } from "./0004-artifacts.ts";

/** One step of the schema. Steps are never changed once they are published; a later one changes what they made. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** `{s}` stands for the schema's name. */
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  { version: 1, name: "runs", sql: runsSql },
  { version: 2, name: "messages", sql: messagesSql },
  { version: 3, name: "events", sql: eventsSql },
  { version: 4, name: "artifacts", sql: artifactsSql },
];

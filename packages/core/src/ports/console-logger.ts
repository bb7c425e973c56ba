import type { LogFields, Logger } from "./logger.ts";

/** Writes log lines to the console, one call of the same level each: `step.committed { runId: …, seq: 3 }`. */
export const consoleLogger: Logger = {
  debug: (event, fields) => console.debug(...line(event, fields)),
  info: (event, fields) => console.info(...line(event, fields)),
  warn: (event, fields) => console.warn(...line(event, fields)),
  error: (event, fields) => console.error(...line(event, fields)),
};

function line(event: string, fields: LogFields | undefined): readonly unknown[] {
  return fields === undefined ? [event] : [event, fields];
}

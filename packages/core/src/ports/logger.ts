/** Fields of a log line. Never payloads. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where log lines go. An event is a dotted name such as `step.committed`. Silent by default. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

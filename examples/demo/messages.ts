import type { Midway } from "./review/midway.ts";

/** What a worker is told to do, as the JSON of its one argument. */
export interface Job {
  readonly runId: string;
  readonly dataFolder: string;
  readonly folder: string;
  readonly limit: number;
  /** The person's answer, for a run that waits for it. */
  readonly answer: string | null;
}

/** What a worker tells the process that started it. After `midway` it waits for `goOn`. */
export type FromWorker =
  | { readonly type: "midway"; readonly where: Midway }
  | { readonly type: "stopped"; readonly outcome: Outcome }
  | { readonly type: "failed"; readonly message: string };

/** Why a worker had nothing more to do. */
export type Outcome =
  | { readonly status: "waiting"; readonly prompt: string }
  | {
      readonly status: "completed";
      readonly reportId: string | null;
      /** What an agent said last. */
      readonly said?: string;
    };

export const goOn = "go on";

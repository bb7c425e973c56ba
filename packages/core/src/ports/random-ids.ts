import type { Ids } from "./ids.ts";

/** Ids and chance from the platform: run ids and tokens are random UUIDs (version 4, 122 random bits). */
export const randomIds: Ids = {
  runId: () => crypto.randomUUID(),
  token: () => crypto.randomUUID(),
  random: () => Math.random(),
};

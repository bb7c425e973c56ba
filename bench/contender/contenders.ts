import { versionOf } from "../report/version-of.ts";
import type { Contender } from "./contender.ts";

type Open = (url: string) => Promise<Contender>;

/** The packages that a contender is. */
const packages: Readonly<Record<string, readonly string[]>> = {
  DBOS: ["@dbos-inc/dbos-sdk"],
  "pg-boss": ["pg-boss"],
  "graphile-worker": ["graphile-worker"],
  BullMQ: ["bullmq"],
  LangGraph: ["@langchain/langgraph", "@langchain/langgraph-checkpoint-postgres"],
};

/** Each engine by the name it has in tables. Its code is loaded by the process that is this engine, and by no other. */
const contenders = {
  AbstractRuntime: async (url) => (await import("./abstract-runtime.ts")).open(url),
  DBOS: async (url) => (await import("./dbos.ts")).open(url),
  LangGraph: async (url) => (await import("./langgraph.ts")).open(url),
  "pg-boss": async (url) => (await import("./pg-boss.ts")).open(url),
  "graphile-worker": async (url) => (await import("./graphile-worker.ts")).open(url),
  BullMQ: async () => (await import("./bullmq.ts")).open(),
  "one commit per step": async (url) => (await import("./raw-loop.ts")).open(url),
  "grouped statements": async (url) => (await import("./raw-groups.ts")).open(url),
} as const satisfies Readonly<Record<string, Open>>;

export type ContenderName = keyof typeof contenders;

/** What was measured, and in which version. */
export function versionsOf(name: ContenderName): string {
  return (packages[name] ?? []).map(versionOf).join(", ");
}

/** @throws for a name that no contender has */
export function contenderNamed(name: string | undefined): Open {
  const found = Object.entries<Open>(contenders).find(([known]) => known === name);
  if (found === undefined) throw new Error(`no contender "${name}"`);
  return found[1];
}

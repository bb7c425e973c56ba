import { expect, it, vi } from "vitest";
import { consoleLogger } from "./console-logger.ts";
import { silentLogger } from "./silent-logger.ts";

const levels = ["debug", "info", "warn", "error"] as const;

it.each(levels)("writes %s lines to the console's method of that name", (level) => {
  using written = vi.spyOn(console, level).mockReturnValue();
  consoleLogger[level]("step.committed", { runId: "r1", seq: 3 });
  consoleLogger[level]("store.opened");
  expect(written.mock.calls).toEqual([
    ["step.committed", { runId: "r1", seq: 3 }],
    ["store.opened"],
  ]);
});

it.each(levels)("says nothing at level %s when it is silent", (level) => {
  using written = vi.spyOn(console, level).mockReturnValue();
  silentLogger[level]("step.committed", { runId: "r1" });
  expect(written.mock.calls).toEqual([]);
});

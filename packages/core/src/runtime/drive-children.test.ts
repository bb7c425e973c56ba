import { describe, expect, it } from "vitest";
import {
  after,
  createdBody,
  firstStep,
  intentBody,
  runOf,
  times,
  waitOf,
} from "../../test/records.ts";
import { childRunId } from "../drive/new-child.ts";
import type { Join } from "../join/join.ts";
import type { RunState } from "../run/run-state.ts";
import { stepKey } from "../step/step-key.ts";
import { driveChildren } from "./drive-children.ts";

function parentOf(fields: Partial<Join> = {}): RunState {
  const join: Join = {
    intentSeq: 2,
    total: 4,
    begun: 4,
    need: null,
    onFailure: "settle",
    maxConcurrency: null,
    ...fields,
  };
  const wait = waitOf({ reason: "subworkflow", join });
  return runOf(createdBody(), intentBody(), { kind: "waiting", ...firstStep, wait });
}

function ended(status: "completed" | "failed" = "completed"): RunState {
  const error = { code: "x", message: "x", nodeId: null, stepId: null, attempt: null };
  return after(runOf(createdBody()), {
    kind: "ended",
    nodeId: "first",
    path: [],
    changes: [],
    status,
    output: null,
    error: status === "failed" ? error : null,
    ...times,
  });
}

const asleep = runOf(createdBody());

/** Children that end when the test says so, and a parent that looks as the test says. */
function scene(parent: RunState, look: () => RunState | undefined = () => parent) {
  const indexes = new Map(
    Array.from({ length: 2_000 }, (_, index) => [childRunId(stepKey(parent, 1), index), index]),
  );
  const driven: number[] = [];
  const open = new Map<number, PromiseWithResolvers<RunState | undefined>>();
  const seen = { looks: 0, most: 0 };
  const drive = (childId: string) => {
    const index = indexes.get(childId) ?? -1;
    const ending = Promise.withResolvers<RunState | undefined>();
    driven.push(index);
    open.set(index, ending);
    seen.most = Math.max(seen.most, open.size);
    return ending.promise;
  };
  return {
    driven,
    seen,
    driver: {
      drive,
      look: async () => {
        seen.looks += 1;
        return look();
      },
    },
    /** Lets a child come to this end, and everything happen that follows at once. */
    async end(index: number, child: RunState | null = ended()): Promise<void> {
      open.get(index)?.resolve(child ?? undefined);
      open.delete(index);
      await new Promise((resolve) => void setImmediate(resolve));
    },
    async fail(index: number, error: Error): Promise<void> {
      open.get(index)?.reject(error);
      open.delete(index);
      await new Promise((resolve) => void setImmediate(resolve));
    },
  };
}

describe("driveChildren", () => {
  it("drives all children that there are, from an index on", async () => {
    const parent = parentOf({ total: 5, begun: 4 });
    const { driver, driven, end } = scene(parent);
    const driving = driveChildren(parent, 1, driver);
    expect(driven).toEqual([1, 2, 3]);
    for (const index of [3, 1, 2]) await end(index);
    expect(await driving).toBe(4);
  });

  it("has nothing to do where no child is left, or no join is", async () => {
    const parent = parentOf();
    const { driver, driven } = scene(parent);
    expect(await driveChildren(parent, 4, driver)).toBe(4);
    expect(await driveChildren(asleep, 0, driver)).toBe(0);
    expect(driven).toEqual([]);
  });

  it("drives no more than 256 at the same time", async () => {
    const parent = parentOf({ total: 1_000, begun: 1_000 });
    const { driver, driven, seen, end } = scene(parent);
    const driving = driveChildren(parent, 0, driver);
    for (let index = 0; index < 1_000; index += 1) await end(index, asleep);
    expect(await driving).toBe(1_000);
    expect(driven.length).toBe(1_000);
    expect(seen.most).toBe(256);
  });

  it("lets the parent look once its wait is decided, and drives no further children then", async () => {
    const parent = parentOf({ total: 600, begun: 600, need: 2 });
    const { driver, driven, seen, end } = scene(parent, ended);
    const driving = driveChildren(parent, 0, driver);
    await end(0, ended("failed"));
    await end(1);
    expect(seen.looks).toBe(0);
    await end(2);
    expect(seen.looks).toBe(1);
    for (const index of driven) await end(index, asleep);
    expect(await driving).toBe(258);
    expect(driven.length).toBe(258);
  });

  it("lets the parent look when more children may begin, and drives those", async () => {
    let begun = 2;
    const at = () => parentOf({ begun, maxConcurrency: 2 });
    const { driver, driven, seen, end } = scene(at(), () => {
      begun += 1;
      return begun > 4 ? ended() : at();
    });
    const driving = driveChildren(at(), 0, driver);
    expect(driven).toEqual([0, 1]);
    await end(0);
    expect(driven).toEqual([0, 1, 2]);
    await end(2);
    expect(driven).toEqual([0, 1, 2, 3]);
    for (const index of [1, 3]) await end(index);
    expect(await driving).toBe(4);
    expect(seen.looks).toBe(3); // the last one, since all have ended
  });

  it("looks again for what ended during a look", async () => {
    let begun = 2;
    const { promise: may, resolve: letLook } = Promise.withResolvers<void>();
    const at = () => parentOf({ begun, maxConcurrency: 2 });
    const { driver, driven, end } = scene(at());
    const look = async () => {
      await may;
      begun += 1;
      return begun > 4 ? ended() : at();
    };
    const driving = driveChildren(at(), 0, { ...driver, look });
    await end(0);
    await end(1); // the look for the first one is under way
    letLook();
    await end(-1);
    expect(driven).toEqual([0, 1, 2, 3]);
    for (const index of [2, 3]) await end(index);
    expect(await driving).toBe(4);
  });

  it("does not look over and over at a parent that does not move", async () => {
    const parent = parentOf({ begun: 2, maxConcurrency: 2 });
    for (const look of [() => parent, () => undefined]) {
      const { driver, seen, end } = scene(parent, look);
      const driving = driveChildren(parent, 0, driver);
      for (const index of [0, 1]) await end(index);
      expect(await driving).toBe(2);
      expect(seen.looks).toBe(2);
    }
  });

  it("leaves out children that can't be driven here", async () => {
    const parent = parentOf({ total: 2, begun: 2, need: 1 });
    const { driver, seen, end } = scene(parent);
    const driving = driveChildren(parent, 0, driver);
    await end(0, null);
    await end(1, asleep);
    expect(await driving).toBe(2);
    expect(seen.looks).toBe(0);
  });

  it("begins nothing after an error, and throws it when the rest has ended", async () => {
    const parent = parentOf({ total: 300, begun: 300 });
    const { driver, driven, end, fail } = scene(parent);
    const driving = driveChildren(parent, 0, driver).then(
      () => "no error",
      (error: unknown) => error,
    );
    const error = new Error("the first");
    await fail(7, error);
    await fail(8, new Error("the second"));
    await end(0);
    expect(driven.length).toBe(256);
    expect(await Promise.race([driving, Promise.resolve("under way")])).toBe("under way");
    for (const index of driven) await end(index);
    expect(await driving).toBe(error);
  });
});

import { describe, expect, it } from "vitest";
import { Turns } from "./turns.ts";

/** Bodies that end when the test says so, and a list of what began and ended. */
function newWorld() {
  const turns = new Turns();
  const events: string[] = [];
  const body = (name: string) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const run = async () => {
      events.push(`${name} begins`);
      const result = await promise;
      events.push(`${name} ends`);
      return result;
    };
    return { run, end: () => resolve(name) };
  };
  const settled = async (): Promise<readonly string[]> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    return events;
  };
  return { turns, body, settled };
}

describe("Turns", () => {
  it("runs bodies under one key one after the other, and others beside them", async () => {
    const { turns, body, settled } = newWorld();
    const [first, second, other] = [body("first"), body("second"), body("other")];
    const results = Promise.all([
      turns.of("a", first.run),
      turns.of("a", second.run),
      turns.of("b", other.run),
    ]);
    expect(await settled()).toEqual(["first begins", "other begins"]);
    first.end();
    expect((await settled()).slice(2)).toEqual(["first ends", "second begins"]);
    second.end();
    other.end();
    expect(await results).toEqual(["first", "second", "other"]);
  });

  it("runs what must be alone beside nothing", async () => {
    const { turns, body, settled } = newWorld();
    const [before, alone, after] = [body("before"), body("alone"), body("after")];
    const results = Promise.all([
      turns.of("a", before.run),
      turns.alone(alone.run),
      turns.of("b", after.run),
    ]);
    expect(await settled()).toEqual(["before begins"]);
    before.end();
    expect((await settled()).slice(1)).toEqual(["before ends", "alone begins"]);
    alone.end();
    expect((await settled()).slice(3)).toEqual(["alone ends", "after begins"]);
    after.end();
    await results;
  });

  it("goes on after a body that throws", async () => {
    const { turns } = newWorld();
    const fails = turns.of("a", () => Promise.reject(new RangeError("no")));
    const alone = turns.alone(() => Promise.reject(new RangeError("nor this")));
    const goesOn = turns.of("a", async () => "yes");
    await expect(fails).rejects.toThrow("no");
    await expect(alone).rejects.toThrow("nor this");
    expect(await goesOn).toBe("yes");
  });
});

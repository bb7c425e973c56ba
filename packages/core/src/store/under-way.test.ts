import { describe, expect, it } from "vitest";
import { UnderWay } from "./under-way.ts";

describe("UnderWay", () => {
  it("closes when the last write has ended, however it ends, and takes no more", async () => {
    const underWay = new UnderWay("this store");
    const events: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const write = underWay.write(async () => {
      await promise;
      events.push("written");
    });
    const fails = underWay.write(() => Promise.reject(new RangeError("no")));
    const closed = underWay.close(async () => {
      events.push("closed");
    });
    await expect(underWay.write(async () => 1)).rejects.toThrow(
      expect.objectContaining({ code: "store_closed" }),
    );
    await expect(fails).rejects.toThrow("no");
    resolve();
    await Promise.all([write, closed]);
    expect(events).toEqual(["written", "closed"]);
  });

  it("closes once", async () => {
    const underWay = new UnderWay("this store");
    let closings = 0;
    const close = async (): Promise<void> => {
      closings += 1;
    };
    await Promise.all([underWay.close(close), underWay.close(close)]);
    expect(closings).toBe(1);
  });
});

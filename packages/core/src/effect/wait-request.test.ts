import { expect, it } from "vitest";
import { isWaitRequest, waitFor } from "./wait-request.ts";

it("tells a wait that is asked for from a result that looks like one", () => {
  expect(isWaitRequest(waitFor({ keys: ["paid"] }))).toBe(true);
  expect(isWaitRequest({ options: { keys: ["paid"] } })).toBe(false);
  expect(isWaitRequest(undefined)).toBe(false);
});

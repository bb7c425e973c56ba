import { describe, expect, it } from "vitest";
import { waitOf } from "../../test/records.ts";
import type { JsonValue } from "../json/json-value.ts";
import { checkAnswer } from "./check-answer.ts";

const strict = waitOf({ choices: ["yes", "no", { plan: "b", cost: 1 }], allowFreeText: false });

describe("checkAnswer", () => {
  it.each<JsonValue>([
    "yes",
    { choice: "no" },
    { text: "yes", more: 1 },
    { value: "yes" },
    { answer: { cost: 1, plan: "b" } },
    { cost: 1, plan: "b" },
  ])("takes %j, which is a choice", (answer) => {
    expect(() => checkAnswer(strict, answer)).not.toThrow();
  });

  it.each<JsonValue>(["maybe", "Yes", "", null, ["yes"], { said: "yes" }, { plan: "b" }, 1])(
    "refuses %j, which is none, and names the choices",
    (answer) => {
      expect(() => checkAnswer(strict, answer)).toThrowError(
        expect.objectContaining({
          code: "invalid_answer",
          message: expect.stringContaining('"yes", "no"'),
        }),
      );
    },
  );

  it("takes anything where free text is allowed or there are no choices", () => {
    expect(() => checkAnswer(waitOf({ choices: ["yes"] }), "maybe")).not.toThrow();
    expect(() => checkAnswer(waitOf({ allowFreeText: false }), "maybe")).not.toThrow();
    expect(() => checkAnswer(waitOf({ choices: [], allowFreeText: false }), 1)).not.toThrow();
  });
});

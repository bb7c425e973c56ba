import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { it } from "vitest";
import { anyJson } from "../../test/arbitrary-json.ts";
import { copyJson } from "./copy-json.ts";

it("copies every JSON value to an equal one", () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      deepStrictEqual(copyJson(value, "value"), value);
    }),
  );
});

it("says of whatever it accepts what JSON text would say", () => {
  fc.assert(
    fc.property(
      fc.anything({ withDate: true, withMap: true, withSet: true, withBigInt: true }),
      (value) => {
        let copy: unknown;
        try {
          copy = copyJson(value, "value");
        } catch {
          return;
        }
        deepStrictEqual(JSON.parse(JSON.stringify(copy)), JSON.parse(JSON.stringify(value)));
      },
    ),
  );
});

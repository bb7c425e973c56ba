import fc from "fast-check";
import type { JsonObject, JsonValue } from "../src/json/json-value.ts";

/** Any well-formed text, with the characters that escapes and sorting trip over. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom("", "a.b", "~1/~0", '"\\\n\u0000\u007F', "\uE000", "😀", "\u2028"),
);

/** Keys, with those that objects treat in a way of their own. */
export const anyKey: fc.Arbitrary<string> = fc.oneof(
  anyText,
  fc.constantFrom("9", "10", "a", "b", "__proto__", "constructor", "toString"),
);

/** Any number that JSON can say. */
export const anyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(-0, 1e16, 1e-5, 1e-4, 2 ** 53, 2 ** 53 - 1, 5e-324, 1.7976931348623157e308),
);

const { value, object } = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    anyText,
    anyNumber,
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  object: fc.dictionary(anyKey, tie("value"), { maxKeys: 4, noNullPrototype: true }),
}));

export const anyJson: fc.Arbitrary<JsonValue> = value;
export const anyJsonObject: fc.Arbitrary<JsonObject> = object;

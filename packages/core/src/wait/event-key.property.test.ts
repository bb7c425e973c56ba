import fc from "fast-check";
import { expect, it } from "vitest";
import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { childOfKey } from "../builtin/start-subworkflow.ts";
import {
  eventKey,
  idNames,
  parseEventKey,
  runEventPrefix,
  type EventAddress,
  type EventScope,
} from "./event-key.ts";

/** Texts that are made of what keys are made of. */
const anyText = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12, unit: "binary" }).filter((text) => text.isWellFormed()),
  fc
    .array(fc.constantFrom(":", "%", "%3A", "%25", "evt", "global", "run", "session", "a", "\n"), {
      minLength: 1,
      maxLength: 6,
    })
    .map((parts) => parts.join("")),
);

interface Event {
  readonly scope: EventScope;
  readonly id: string;
  readonly name: string;
}

const anyEvent: fc.Arbitrary<Event> = fc.record({
  scope: fc.constantFrom("session", "workflow", "run", "global"),
  id: anyText,
  name: anyText,
});

function keyOf({ scope, id, name }: Event): string {
  const address = scope === "global" ? { scope } : { scope, [idNames[scope]]: id };
  return eventKey(name, address as EventAddress);
}

const isSame = (a: Event, b: Event): boolean =>
  a.scope === b.scope && a.name === b.name && (a.scope === "global" || a.id === b.id);

it("gives two events the same key only if they are the same event", () => {
  fc.assert(
    fc.property(anyEvent, anyEvent, (a, b) => {
      expect(keyOf(a) === keyOf(b)).toBe(isSame(a, b));
    }),
    { numRuns: 2_000 },
  );
});

it("gives two ids of one scope different keys, whatever the names are", () => {
  fc.assert(
    fc.property(anyEvent, anyText, anyText, (event, id, name) => {
      fc.pre(event.scope !== "global" && event.id !== id);
      expect(keyOf({ ...event, id, name })).not.toBe(keyOf(event));
    }),
  );
});

it("gives keys that tell name and scope, and whose run they are for", () => {
  fc.assert(
    fc.property(anyEvent, anyText, (event, other) => {
      const { scope, id, name } = event;
      const key = keyOf(event);
      expect(parseEventKey(key)).toEqual({ name, scope });
      expect(key.startsWith(runEventPrefix(id))).toBe(scope === "run");
      const isOther = key.startsWith(runEventPrefix(other));
      expect(isOther).toBe(scope === "run" && other === id);
      expect(childOfKey(key)).toBe(null);
    }),
  );
});

it("never gives a key that does not begin with the prefix of its scope", () => {
  fc.assert(
    fc.property(anyEvent, fc.string(), (event, plain) => {
      fc.pre(!plain.startsWith(`evt:${event.scope}:`));
      expect(keyOf(event)).not.toBe(plain);
    }),
  );
});

it("takes an address or refuses it, and nothing between", () => {
  const anything = fc.option(fc.oneof(fc.string(), fc.constant(7), fc.constant(null)), {
    nil: undefined,
  });
  const anyAddress = fc.record({
    scope: fc.oneof(fc.constantFrom("session", "workflow", "run", "global"), anything),
    sessionId: anything,
    workflowId: anything,
    runId: anything,
  });
  fc.assert(
    fc.property(anything, anyAddress, (name, address) => {
      expect(isTakenOrRefused(name, address as EventAddress)).toBe(true);
    }),
  );
});

function isTakenOrRefused(name: unknown, address: EventAddress): boolean {
  try {
    const parsed = parseEventKey(eventKey(name as string, address));
    return parsed?.name === name && parsed?.scope === address.scope;
  } catch (error) {
    return isAbstractRuntimeError(error, "invalid_argument");
  }
}

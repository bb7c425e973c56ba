import {
  compareCodePoints,
  LosslessNumber,
  type LosslessObject,
  type LosslessValue,
} from "@abstractruntime/core/store";

/** A way to write JSON. */
interface Style {
  readonly betweenItems: string;
  readonly afterKey: string;
  readonly string: (text: string) => string;
  readonly members: (object: LosslessObject) => Iterable<readonly [string, LosslessValue]>;
}

/** As 0.2.0 writes a record's line: members as they come, with a space after each comma and colon. */
export function pythonLine(value: LosslessValue): string {
  return render(value, line);
}

/** As `json.dumps` writes it by default: with everything outside space to `~` escaped. */
export function asciiPythonLine(value: LosslessValue): string {
  return render(value, asciiLine);
}

/**
 * Canonical JSON of what was an object with whole numbers as keys when 0.2.0 hashed it: it sorted them as numbers, and
 * wrote them as text.
 */
export function canonicalWithIntegerKeys(value: LosslessValue): string {
  return render(value, integerKeys);
}

const line: Style = {
  betweenItems: ", ",
  afterKey: ": ",
  string: JSON.stringify,
  members: (object) => object,
};

const asciiLine: Style = {
  ...line,
  string: (text) =>
    JSON.stringify(text).replaceAll(
      /[^ -~]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
};

const integerKeys: Style = {
  betweenItems: ",",
  afterKey: ":",
  string: JSON.stringify,
  members: (object) => {
    const members = [...object];
    return members.every(([key]) => /^(?:0|-?[1-9]\d*)$/.test(key))
      ? members.toSorted(([one], [other]) => (BigInt(one) < BigInt(other) ? -1 : 1))
      : members.toSorted(([one], [other]) => compareCodePoints(one, other));
  },
};

function render(value: LosslessValue, style: Style): string {
  if (typeof value === "string") return style.string(value);
  if (value instanceof LosslessNumber) return value.toPython();
  if (typeof value !== "object" || value === null) return String(value);
  if (isMap(value)) {
    const members: string[] = [];
    for (const [key, member] of style.members(value))
      members.push(style.string(key) + style.afterKey + render(member, style));
    return `{${members.join(style.betweenItems)}}`;
  }
  return `[${value.map((item) => render(item, style)).join(style.betweenItems)}]`;
}

function isMap(value: object): value is LosslessObject {
  return value instanceof Map;
}

const WORD = /^[\p{L}\p{M}\p{N}]$/u;
const INVISIBLE = /^[\p{C}\p{Zl}\p{Zp}]$/u;
/** Invisible, too, but part of how words are written. */
const JOINERS = "\u200C\u200D";
/**
 * How icons (fa:fa-bell), formulas ($$x$$) and the end of Mermaid's own escapes (ﬂ°°35¶ß) begin, which it looks for in what it
 * shows. A space without width in the middle keeps it from finding them.
 */
const SPECIAL = new Set([":f", "$$", "¶ß"]);

/**
 * A piece of a quoted Mermaid label that shows a text, whatever it is.
 *
 * Letters, digits, single spaces, and `_ - / . :` within words stay as they are. All else is an entity, so that nothing ends
 * the label or is read as markup, Markdown or a directive. What can't be seen is shown by its code point, as `\u{a}`.
 */
export function mermaidText(text: string): string {
  if (text === "") return "#quot;#quot;";
  const characters = Array.from(text);
  return characters.map((it, at) => escaped(it, characters[at - 1], characters[at + 1])).join("");
}

/** The same of at most so many characters. */
export function shortText(text: string, maxLength: number): string {
  const characters = Array.from(text);
  if (characters.length <= maxLength) return mermaidText(text);
  return `${mermaidText(characters.slice(0, maxLength - 1).join(""))}…`;
}

/** A label of these pieces, each on a line of its own. */
export function mermaidLabel(pieces: readonly string[]): string {
  const label = pieces.join("<br/>");
  // In a line that looks like a style, Mermaid takes the end off what stands between a colon and a semicolon.
  return /style|classDef/.test(label) ? label.replaceAll(":", "#58;") : label;
}

function escaped(character: string, before = " ", after = " "): string {
  if (WORD.test(character)) return character;
  if (character === " ") return before === " " || after === " " ? "#160;" : " ";
  const code = character.codePointAt(0) ?? 0;
  if (INVISIBLE.test(character) && !JOINERS.includes(character))
    return `#92;u#123;${code.toString(16)}#125;`;
  if (before + character === "ﬂ°") return `#8203;#${code};`;
  if (SPECIAL.has(character + after)) return `#${code};#8203;`;
  return isPlain(character, before, after) ? character : `#${code};`;
}

function isPlain(character: string, before: string, after: string): boolean {
  if (!"_-/.:".includes(character) || !WORD.test(before) || !WORD.test(after)) return false;
  return character !== "." || !/w/i.test(before); // www.example.org would become a link
}

/** A fenced block of a Markdown text. `line` is that of its first line of code, from 1. */
export interface CodeBlock {
  readonly language: string;
  readonly code: string;
  readonly line: number;
}

/** A link or image target. */
export interface Link {
  readonly target: string;
  readonly line: number;
}

export function codeBlocks(markdown: string): CodeBlock[] {
  return Array.from(
    markdown.matchAll(/^```(\w*)[^\n]*\n(.*?)^```$/gms),
    ({ 1: language, 2: code, index }) => ({
      language: language ?? "",
      code: code ?? "",
      line: markdown.slice(0, index).split("\n").length + 1,
    }),
  );
}

/** Targets of inline links, images and reference definitions; none from inside code. */
export function links(markdown: string): Link[] {
  const prose = markdown
    .replaceAll(/^```.*?^```$/gms, (block) => block.replaceAll(/[^\n]/g, " "))
    .replaceAll(/`[^`\n]*`/g, (code) => " ".repeat(code.length));
  return Array.from(
    prose.matchAll(/\]\(\s*<?([^)\s>]+)|^\[[^\]]+\]:\s*(\S+)/gm),
    ({ 1: inline, 2: reference, index }) => ({
      target: inline ?? reference ?? "",
      line: prose.slice(0, index).split("\n").length,
    }),
  );
}

/** Anchors that GitHub gives to the headings of a Markdown text. */
export function anchors(markdown: string): Set<string> {
  const prose = markdown.replaceAll(/^```.*?^```$/gms, "");
  const seen = new Map<string, number>();
  return new Set(
    Array.from(prose.matchAll(/^#{1,6}\s+(.+?)\s*$/gm), ({ 1: heading = "" }) => {
      const slug = heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(/\s/g, "-");
      const count = seen.get(slug) ?? 0;
      seen.set(slug, count + 1);
      return count === 0 ? slug : `${slug}-${count}`;
    }),
  );
}

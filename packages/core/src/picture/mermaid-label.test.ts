import { describe, expect, it } from "vitest";
import { parseMermaid } from "../../test/parse-mermaid.ts";
import { mermaidLabel, mermaidText, shortText } from "./mermaid-label.ts";

async function shown(label: string): Promise<string | undefined> {
  const { vertices } = await parseMermaid(`flowchart TD\n  n0["${label}"]\n`);
  expect(vertices).toHaveLength(1);
  return vertices[0]?.text;
}

describe("mermaidText", () => {
  it.each(["ask", "ask_user", "on-error", "v1.2", "tools/search", "tool:call", "Grüße 漢字"])(
    "leaves %s as it is",
    (text) => {
      expect(mermaidText(text)).toBe(text);
    },
  );

  it.each([
    'say "hi"',
    "a] b",
    "end",
    "a;b",
    "#35;",
    "#quot;",
    "<b>&amp;</b>",
    "`code`",
    "1. item",
    "- item",
    "_x_",
    "a@b.c",
    "www.example.org",
    '%%{init: {"theme":"dark"}}%%',
    "%% comment",
    "click n0 href",
    "🚀",
    "e\u0301",
    "👩\u200D💻",
  ])("shows %s", async (text) => {
    expect(await shown(mermaidText(text))).toBe(text);
  });

  it.each([
    ["", '""'],
    ["a\nb", "a\\u{a}b"],
    ["\u0000", "\\u{0}"],
    ["\u202Eabc", "\\u{202e}abc"],
    ["\uD800", "\\u{d800}"],
    ["\u2028", "\\u{2028}"],
    ["\u200B", "\\u{200b}"],
    [" a  b ", "\u00A0a\u00A0\u00A0b\u00A0"],
  ])("shows what can't be seen of %j", async (text, seen) => {
    expect(await shown(mermaidText(text))).toBe(seen);
  });

  it.each(["fa:fa-bell", "$$x$$", "ﬂ°quot¶ß", "ﬂ°°35¶ß"])(
    "keeps Mermaid from finding more in %s than its characters",
    (text) => {
      const plain = mermaidText(text).replaceAll(/#(\d+);/g, (_, code: string) =>
        String.fromCodePoint(Number(code)),
      );
      expect(plain).not.toMatch(/fa[bklrs]?:fa-|\$\$|ﬂ°|¶ß/);
      expect(plain.replaceAll("\u200B", "")).toBe(text);
    },
  );
});

describe("shortText", () => {
  it("cuts between characters", () => {
    expect(shortText("12345", 5)).toBe("12345");
    expect(shortText("123456", 5)).toBe("1234…");
    expect(shortText("🚀🚀🚀", 2)).toBe("#128640;…");
  });
});

describe("mermaidLabel", () => {
  it("puts each piece on its own line", () => {
    expect(mermaidLabel(["a", "b:c"])).toBe("a<br/>b:c");
  });

  it.each(["style", "classDef"])("keeps entities whole behind the word %s", async (word) => {
    const label = mermaidLabel([mermaidText(word), mermaidText('a:b"')]);
    expect(await shown(label)).toBe(`${word}<br/>a:b"`);
  });
});

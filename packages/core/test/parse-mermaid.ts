import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createContext, runInContext } from "node:vm";

export interface ParsedVertex {
  readonly id: string;
  readonly type: string;
  readonly text: string;
  readonly classes: readonly string[];
}

export interface ParsedEdge {
  readonly start: string;
  readonly end: string;
  readonly text: string;
  readonly stroke: "normal" | "thick" | "dotted";
}

export interface ParsedFlowchart {
  readonly vertices: readonly ParsedVertex[];
  readonly edges: readonly ParsedEdge[];
  /** Names of the classes that are defined. */
  readonly classes: readonly string[];
}

interface Mermaid {
  parse(text: string): Promise<{ readonly diagramType: string; readonly config: object }>;
  readonly mermaidAPI: {
    getDiagramFromText(text: string): Promise<{
      readonly db: {
        getVertices(): ReadonlyMap<string, ParsedVertex>;
        getEdges(): readonly ParsedEdge[];
        getClasses(): ReadonlyMap<string, unknown>;
      };
    }>;
  };
}

const mermaid = loadMermaid();

/**
 * Parse with Mermaid's own parser; texts are decoded to what Mermaid shows.
 *
 * @throws where Mermaid refuses the text, or finds settings in it
 */
export async function parseMermaid(text: string): Promise<ParsedFlowchart> {
  const { diagramType, config } = await mermaid.parse(text);
  if (diagramType !== "flowchart-v2" || Object.keys(config).length > 0)
    throw new Error(`a ${diagramType} with settings ${JSON.stringify(config)}`);
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  const vertices = Array.from(db.getVertices().values(), (it) => ({
    ...it,
    text: decode(it.text),
  }));
  const edges = db.getEdges().map((it) => ({ ...it, text: decode(it.text) }));
  return { vertices, edges, classes: [...db.getClasses().keys()] };
}

/** Mermaid is made for browsers: it gets a world of its own, where what cleans HTML finds no DOM and does nothing. */
function loadMermaid(): Mermaid {
  const require = createRequire(import.meta.url);
  const file = require.resolve("@mermaid-js/tiny");
  const world = createContext({ structuredClone });
  const cleaner =
    "Function.prototype.addHook = () => {}; Function.prototype.sanitize = (it) => it;";
  runInContext(cleaner, world);
  runInContext(readFileSync(file, "utf8"), world);
  return runInContext("mermaid", world) as Mermaid;
}

/** Between parsing and drawing, Mermaid writes `#35;` as `ﬂ°°35¶ß`, and `#quot;` as `ﬂ°quot¶ß`. */
function decode(text: string): string {
  return text.replaceAll(/ﬂ°(?:°(\d+)|quot)¶ß/g, (_, code?: string) =>
    code === undefined ? '"' : String.fromCodePoint(Number(code)),
  );
}

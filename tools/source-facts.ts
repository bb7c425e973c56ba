import { parseSync, Visitor } from "oxc-parser";

/** Something a source file does, and where (lines count from 1). */
export interface Sighting {
  readonly what: string;
  readonly line: number;
}

export interface SourceFacts {
  /** Specifiers of static, dynamic and type imports and of re-exports. */
  readonly imports: readonly Sighting[];
  /** `new Date()` and `Date()`: the forms that read the clock without naming a member. */
  readonly clockReads: readonly Sighting[];
}

/** What the arrow check needs to know of a source file. Throws on a file that does not parse. */
export function sourceFacts(path: string, text: string): SourceFacts {
  const { program, errors } = parseSync(path, text);
  const broken = errors.at(0);
  if (broken !== undefined) throw new Error(`${path}: ${broken.message}`);

  const imports: Sighting[] = [];
  const clockReads: Sighting[] = [];
  const line = (offset: number): number => text.slice(0, offset).split("\n").length;
  const imported = (source: { value: unknown; start: number } | null): void => {
    if (source !== null) imports.push({ what: String(source.value), line: line(source.start) });
  };

  new Visitor({
    ImportDeclaration: (node) => imported(node.source),
    ExportNamedDeclaration: (node) => imported(node.source),
    ExportAllDeclaration: (node) => imported(node.source),
    TSImportType: (node) => imported(node.source),
    ImportExpression: ({ source }) => {
      imported(source.type === "Literal" ? source : { value: "(computed)", start: source.start });
    },
    NewExpression: ({ callee, arguments: given, start }) => {
      if (callee.type !== "Identifier" || callee.name !== "Date" || given.length > 0) return;
      clockReads.push({ what: "new Date()", line: line(start) });
    },
    CallExpression: ({ callee, start }) => {
      if (callee.type !== "Identifier" || callee.name !== "Date") return;
      clockReads.push({ what: "Date()", line: line(start) });
    },
  }).visit(program);

  return { imports, clockReads };
}

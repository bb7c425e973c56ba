import type { NodeMark } from "./run-marks.ts";

export type NodeClass = "terminal" | "unknown" | NodeMark;

/** How nodes look, in the order in which later ones win. Colours that can be read on white and on black. */
const styles: { readonly [Class in NodeClass]: string } = {
  terminal: "fill:#868e96,stroke:#868e96,color:#868e96",
  passed: "fill:#e7f5ff,stroke:#1971c2,color:#0b3d66",
  retried: "fill:#e7f5ff,stroke:#c92a2a,color:#0b3d66",
  current: "fill:#d0ebff,stroke:#1971c2,color:#0b3d66,stroke-width:4px",
  waiting: "fill:#fff3bf,stroke:#e67700,color:#5c3200,stroke-width:4px",
  completed: "fill:#d3f9d8,stroke:#2b8a3e,color:#123f1c,stroke-width:4px",
  failed: "fill:#ffe3e3,stroke:#c92a2a,color:#7d1414,stroke-width:4px",
  cancelled: "fill:#e9ecef,stroke:#495057,color:#212529,stroke-width:4px",
  unknown: "stroke-dasharray:5 5",
};

/** A `classDef` for each class that has nodes, and a `class` that says which. */
export function classLines(members: ReadonlyMap<NodeClass, readonly string[]>): readonly string[] {
  const used = Object.entries(styles).flatMap(([name, style]) => {
    const nodes = members.get(name as NodeClass) ?? [];
    return nodes.length === 0 ? [] : [{ name, style, nodes }];
  });
  return [
    ...used.map(({ name, style }) => `  classDef ${name} ${style}`),
    ...used.map(({ name, nodes }) => `  class ${nodes.join(",")} ${name}`),
  ];
}

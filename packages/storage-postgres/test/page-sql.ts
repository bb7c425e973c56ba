import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../../docs/how-to");

/** The SQL of a how-to page, block by block: what readers copy is what tests run. Its schema is `abstractruntime`. */
export function pageSql(page: string): readonly string[] {
  const markdown = readFileSync(join(folder, page), "utf8");
  return [...markdown.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, sql = ""]) => sql);
}

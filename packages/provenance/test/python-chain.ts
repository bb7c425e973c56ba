import { createHash } from "node:crypto";
import { canonicalJson, parseLossless, type LosslessObject } from "@abstractruntime/core/store";
import { pythonLine } from "../src/verify/render-lossless.ts";

/** Lines with the hashes that 0.2.0 would give them, as it would write them. Numbers keep their text. */
export function pythonChain(records: readonly string[]): readonly string[] {
  let prevHash: string | null = null;
  return records.map((text) => {
    const record = new Map(parseLossless(text) as LosslessObject).set("prev_hash", prevHash);
    const recordHash = createHash("sha256").update(canonicalJson(record)).digest("hex");
    prevHash = recordHash;
    return pythonLine(record.set("record_hash", recordHash).set("signature", null));
  });
}

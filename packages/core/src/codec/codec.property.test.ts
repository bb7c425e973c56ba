import { deepStrictEqual, strictEqual } from "node:assert";
import fc from "fast-check";
import { describe, it } from "vitest";
import {
  anyArtifactMetadata,
  anyHead,
  anyRun,
  anySnapshot,
  anyWait,
  messagesByKind,
  anyChainFields,
  recordsByKind,
} from "../../test/arbitrary-model.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import type { JsonValue } from "../json/json-value.ts";
import { decodeArtifactMetadata, encodeArtifactMetadata } from "./artifact-metadata-codec.ts";
import { decodeRecord } from "./decode-record.ts";
import { decodeMessage, encodeMessage } from "./message-codec.ts";
import { encodeRecord } from "./record-codec.ts";
import { renderRecord } from "./render-record.ts";
import { decodeRun, encodeRun } from "./run-codec.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot-codec.ts";
import { decodeStoredRun, encodeStoredRun } from "./stored-run-codec.ts";
import { decodeWait, encodeWait } from "./wait-codec.ts";

/** What a store gives back: text, read again. */
function reread(value: JsonValue): unknown {
  return JSON.parse(canonicalJson(value));
}

describe("reads what it wrote, whatever it is:", () => {
  it("a run", () => {
    fc.assert(
      fc.property(anyRun, (run) => deepStrictEqual(decodeRun(reread(encodeRun(run)), "run"), run)),
    );
  });

  it("a run with its head", () => {
    fc.assert(
      fc.property(anyRun, anyHead, (run, head) => {
        deepStrictEqual(decodeStoredRun(reread(encodeStoredRun({ run, head })), "run"), {
          run,
          head,
        });
      }),
    );
  });

  it("a wait", () => {
    fc.assert(
      fc.property(anyWait, (wait) =>
        deepStrictEqual(decodeWait(reread(encodeWait(wait)), "wait"), wait),
      ),
    );
  });

  it("a snapshot", () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        deepStrictEqual(decodeSnapshot(reread(encodeSnapshot(snapshot)), "snapshot"), snapshot);
      }),
    );
  });

  it("an artifact's metadata", () => {
    fc.assert(
      fc.property(anyArtifactMetadata, (metadata) => {
        deepStrictEqual(
          decodeArtifactMetadata(reread(encodeArtifactMetadata(metadata)), "meta"),
          metadata,
        );
      }),
    );
  });

  it.each(Object.entries(messagesByKind))("a message %s", (_kind, anyMessage) => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        deepStrictEqual(decodeMessage(reread(encodeMessage(message)), "message"), message);
      }),
    );
  });

  it.each(Object.entries(recordsByKind))("a record %s", (_kind, anyRecord) => {
    fc.assert(
      fc.property(anyRecord, anyChainFields, (record, chain) => {
        const chained = { ...record, ...chain };
        deepStrictEqual(decodeRecord(renderRecord(chained), "ledger"), chained);
      }),
    );
  });
});

it.each(Object.entries(recordsByKind))(
  "writes a record %s as canonical JSON of all its fields",
  (_kind, anyRecord) => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        strictEqual(renderRecord(record), canonicalJson(encodeRecord(record)));
      }),
    );
  },
);

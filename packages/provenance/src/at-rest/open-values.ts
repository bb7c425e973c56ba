import {
  mapMessage,
  mapRecord,
  mapRun,
  type InboxMessage,
  type JsonValue,
  type LedgerRecord,
  type MapValue,
  type RunState,
} from "@abstractruntime/core/store";
import { mapLeaves, type Leaf } from "./map-leaves.ts";
import { placeInMessage, placeInRecord, placeInState, type Place } from "./place.ts";

/** Gives what a text at rest stands for; a text of the user's comes back as it was given. */
export type OpenText = (text: string, path: string, place: Place) => Leaf;

/** A state as its user knows it. */
export function openRun(run: RunState, open: OpenText): RunState {
  return mapRun(run, opener(open, placeInState(run)));
}

/** A record as its user knows it. */
export function openRecord(record: LedgerRecord, open: OpenText): LedgerRecord {
  return mapRecord(record, opener(open, placeInRecord(record)));
}

/** A message of a run's inbox as its sender gave it. */
export function openMessage(
  { position, message }: InboxMessage,
  runId: string,
  open: OpenText,
): InboxMessage {
  return {
    position,
    message: mapMessage(message, opener(open, placeInMessage(runId, message))),
  };
}

function opener(open: OpenText, place: Place): MapValue {
  const openLeaf = (leaf: Leaf, path: string): JsonValue =>
    typeof leaf === "string" ? open(leaf, path, place) : leaf;
  return (value, path) => mapLeaves(value, path, openLeaf);
}

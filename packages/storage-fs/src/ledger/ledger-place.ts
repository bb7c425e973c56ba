import type { RunEntry } from "../index/run-entry.ts";

/** A place between two records of a ledger. Ledgers only grow: it stays true. */
export interface LedgerPlace {
  /** Number of the record before it, 0 at the beginning. */
  readonly seq: number;
  /** The byte after that record. */
  readonly offset: number;
}

/** So many readers may go through one ledger page by page without reading a part of it twice. */
const maxPlaces = 4;

/** Remember where a reader stopped: its next page begins there. */
export function notePlace(entry: RunEntry, place: LedgerPlace): void {
  const others = entry.places.filter(({ seq }) => seq !== place.seq);
  entry.places = [place, ...others].slice(0, maxPlaces);
}

/** The nearest place at or before the end of a record that is known without reading. 0.2.0's lines count, too. */
export function nearestPlace(entry: RunEntry, seq: number): LedgerPlace {
  const { checkpoint, legacy, places } = entry;
  const known =
    legacy || checkpoint === null
      ? places
      : [...places, { seq: checkpoint.seq, offset: checkpoint.ledgerBytes }];
  return known
    .filter((place) => place.seq <= seq)
    .reduce((best, place) => (place.seq > best.seq ? place : best), { seq: 0, offset: 0 });
}

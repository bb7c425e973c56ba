import { median } from "../measure/median.ts";
import type { Loads, Workload } from "./contender.ts";
import type { ContenderName } from "./contenders.ts";
import type { CountedTurn, Hired } from "./hire.ts";

/** What each contender's turns came to, the same number of them for everybody. */
export type Turns = ReadonlyMap<ContenderName, readonly CountedTurn[]>;

/**
 * The same load for everybody, one after another, round by round, each round begun by another one. The first rounds
 * only warm up.
 */
export async function byTurns<Name extends Workload>(
  hired: readonly Hired[],
  workload: Name,
  load: Loads[Name],
  rounds: number,
  warmUps = 1,
): Promise<Turns> {
  const turns = new Map(hired.map(({ name }) => [name, [] as CountedTurn[]]));
  for (let round = -warmUps; round < rounds; round += 1) {
    const first = Math.max(round, 0) % hired.length;
    for (const contender of [...hired.slice(first), ...hired.slice(0, first)]) {
      const turn = await contender.turn(workload, load);
      if (round >= 0) turns.get(contender.name)?.push(turn);
    }
  }
  return turns;
}

/** The median of a number over a contender's turns. */
export function typical(
  turns: Turns,
  name: ContenderName,
  number: (turn: CountedTurn) => number,
): number {
  return median((turns.get(name) ?? []).map(number));
}

/** How many times the others' number ours is, round by round. */
export function timesOf(
  turns: Turns,
  other: ContenderName,
  number: (turn: CountedTurn) => number,
): number {
  const theirs = turns.get(other) ?? [];
  const ours = turns.get("AbstractRuntime") ?? [];
  return median(ours.map((turn, round) => number(turn) / number(theirs[round] ?? turn)));
}

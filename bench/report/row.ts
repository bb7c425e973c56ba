/** What a number has to be. Absent: it is reported for what it says about others. */
export interface Bar {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One measured number. */
export interface Row {
  /** What was measured, unique within its benchmark. */
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly bar?: Bar;
  readonly note?: string;
}

/** Whether the number is what it has to be; undefined where nothing is asked of it. */
export function meetsBar({ value, bar }: Row): boolean | undefined {
  if (bar === undefined) return undefined;
  const { atLeast = -Infinity, atMost = Infinity } = bar;
  return value >= atLeast && value <= atMost;
}

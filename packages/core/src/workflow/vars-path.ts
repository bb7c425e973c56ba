import type { Write } from "../step/plan.ts";

type IsAny<T> = 0 extends 1 & T ? true : false;

/** Dotted paths into an object type with the type of what may be written there, five levels deep. */
type Paths<T, Depth extends readonly unknown[] = []> = Depth["length"] extends 5
  ? never
  : {
      [K in keyof T & string]:
        | Write<K, Exclude<T[K], undefined>>
        | (Exclude<T[K], undefined | null> extends infer Inner
            ? IsAny<Inner> extends true
              ? Write<`${K}.${string}`>
              : Inner extends readonly unknown[]
                ? never
                : Inner extends object
                  ? string extends keyof Inner
                    ? Write<`${K}.${string}`>
                    : Prefixed<K, Paths<Inner, readonly [...Depth, unknown]>>
                  : never
            : never);
    }[keyof T & string];

type Prefixed<K extends string, W> =
  W extends Write<infer Key, infer Result> ? Write<`${K}.${Key}`, Result> : never;

/** Which `resultKey`s a workflow's effects may name, and what results go there. Untyped vars take anything. */
export type WritesTo<Vars> =
  IsAny<Vars> extends true
    ? unknown
    : string extends keyof Vars
      ? unknown
      : Paths<Vars> | Write<`_${string}`>;

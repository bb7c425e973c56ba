import { askUserEffect } from "./ask-user.ts";
import type { BuiltIn } from "./built-in.ts";
import { startSubworkflowEffect } from "./start-subworkflow.ts";
import { waitEventEffect } from "./wait-event.ts";
import { waitUntilEffect } from "./wait-until.ts";

/** The effects that every runtime knows, by type. */
export const builtIns: ReadonlyMap<string, BuiltIn> = new Map(
  [waitEventEffect, waitUntilEffect, askUserEffect, startSubworkflowEffect].map((effect) => [
    effect.type,
    effect,
  ]),
);

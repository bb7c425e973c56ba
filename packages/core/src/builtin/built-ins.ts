import { askUserEffect } from "./ask-user.ts";
import type { BuiltIn } from "./built-in.ts";
import { startSubworkflowsEffect } from "./start-subworkflows.ts";
import { startSubworkflowEffect } from "./start-subworkflow.ts";
import { waitAnyEffect } from "./wait-any.ts";
import { waitEventEffect } from "./wait-event.ts";
import { waitUntilEffect } from "./wait-until.ts";

/** The effects that every runtime knows, by type. */
export const builtIns: ReadonlyMap<string, BuiltIn> = new Map(
  [
    waitEventEffect,
    waitUntilEffect,
    waitAnyEffect,
    askUserEffect,
    startSubworkflowEffect,
    startSubworkflowsEffect,
  ].map((effect) => [effect.type, effect]),
);

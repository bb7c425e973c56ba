import { MemoryStore } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { describeDurableStore } from "../src/conformance/index.ts";
import { FaultStore } from "../src/index.ts";

describeDurableStore(
  "FaultStore without faults",
  { open: async ({ clock }) => new FaultStore(new MemoryStore({ clock }), { clock }) },
  { describe, it, expect },
);

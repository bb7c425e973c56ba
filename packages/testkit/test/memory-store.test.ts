import { MemoryStore } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { describeDurableStore } from "../src/conformance/index.ts";

describeDurableStore(
  "MemoryStore",
  { open: async ({ clock }) => new MemoryStore({ clock }) },
  { describe, it, expect },
);

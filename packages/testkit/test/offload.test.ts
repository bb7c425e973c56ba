import { MemoryArtifactStore, MemoryStore, offload } from "@abstractruntime/core";
import type { DurableStore } from "@abstractruntime/core/store";
import { describe, expect, it } from "vitest";
import { describeDurableStore } from "../src/conformance/index.ts";

for (const thresholdBytes of [0, 100, 64 * 1024])
  describeOffloading(`offload from ${thresholdBytes} bytes`, { thresholdBytes });

describeOffloading("offload that remembers no run", { thresholdBytes: 20, cachedRuns: 0 });

function describeOffloading(
  name: string,
  options: { readonly thresholdBytes: number; readonly cachedRuns?: number },
): void {
  const inner = new WeakMap<DurableStore, DurableStore>();
  describeDurableStore(
    name,
    {
      open: async ({ clock }) => {
        const store = new MemoryStore({ clock });
        const artifacts = new MemoryArtifactStore({ clock });
        const offloading = offload(store, { artifacts, ...options });
        inner.set(offloading, store);
        return offloading;
      },
      atRest: (store) => inner.get(store) ?? store,
    },
    { describe, it, expect },
  );
}

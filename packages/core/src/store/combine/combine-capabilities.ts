import type { StoreCapabilities } from "../../ports/durable-store.ts";

const survivals: readonly StoreCapabilities["survives"][] = ["nothing", "crash", "power_cut"];

/** What two halves can promise together: what the weaker one can, to one process that writes. */
export function combineCapabilities(
  one: StoreCapabilities,
  other: StoreCapabilities,
): StoreCapabilities {
  const weaker = survivals.find((each) => each === one.survives || each === other.survives);
  return {
    survives: weaker ?? "nothing",
    writers: "one_process",
    reopens: one.reopens && other.reopens,
  };
}

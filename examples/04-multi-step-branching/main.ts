// New here: effects of your own, and a graph with a branch and a loop. Everything that touches the world is an effect.
import {
  complete,
  defineEffect,
  defineWorkflow,
  EffectError,
  goto,
  MemoryStore,
  Runtime,
} from "@abstractruntime/core";

const stock = new Map([
  ["tea", 3],
  ["cake", 0],
]);

/** Looking something up may simply be done again after a crash: `safe`. */
const checkStock = defineEffect({
  type: "check_stock",
  replay: "safe",
  perform: ({ item }: { item: string }) => {
    const left = stock.get(item);
    if (left === undefined) throw new EffectError(`we never sell ${item}`, { final: true });
    return { left };
  },
});

/** The key is the same for all attempts of one step: a service that knows it can't be made to pack twice. */
const packed = new Set<string>();
const pack = defineEffect({
  type: "pack",
  replay: "idempotent",
  perform: ({ item }: { item: string }, { idempotencyKey }) => {
    packed.add(idempotencyKey);
    return { parcel: `${item} #${packed.size}` };
  },
});

const order = defineWorkflow({
  id: "order",
  entry: "next",
  nodes: {
    // The loop: one item after the other. State lives in vars, and a node passed twice is two steps.
    next: (run) => {
      if (run.vars.items.length === 0) return goto("done");
      run.vars.item = run.vars.items.shift();
      return goto("check");
    },
    check: (run) =>
      checkStock(
        { item: run.vars.item },
        { resultKey: "stock", next: "decide", onError: "unknown" },
      ),
    // The branch: a plan is a value, so a decision is an `if`.
    decide: (run) => {
      if (run.vars.stock.left > 0) {
        return pack({ item: run.vars.item }, { resultKey: "parcel", next: "sent" });
      }
      run.vars.log.push(`${run.vars.item}: sold out`);
      return goto("next");
    },
    sent: (run) => {
      run.vars.log.push(`${run.vars.item}: sent as ${run.vars.parcel.parcel}`);
      return goto("next");
    },
    // An effect that failed for good leads to its `onError` node; without one, the run would fail.
    unknown: (run) => {
      run.vars.log.push(`${run.vars.item}: not ours`);
      return goto("next");
    },
    done: (run) => complete(run.vars.log),
  },
});

await using runtime = new Runtime({ store: new MemoryStore(), effects: [checkStock, pack] });
const run = await runtime.start(order, {
  vars: { items: ["tea", "cake", "moon", "tea"], log: [] },
});
console.log(await run.result());

// What happened stands in the run's ledger, record by record.
for (const record of await run.ledger()) {
  const effect = "effectType" in record ? ` ${record.effectType}` : "";
  console.log(`${record.seq} ${record.nodeId}: ${record.kind}${effect}`);
}

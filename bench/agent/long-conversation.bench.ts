// What a turn of an agent costs early and late in one long conversation, and what it writes into ledgers.
import { Runtime } from "@abstractruntime/core";
import { median } from "../measure/median.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Row } from "../report/row.ts";
import { storeKind, withStore, type OpenedStore } from "../workload/open-store.ts";
import { talkative } from "../workload/talking.ts";
import { ledgerBytes, newMessageBytes } from "../measure/ledger-bytes.ts";

const settings = {
  store: "memory",
  turns: 200,
  window: 20,
  samples: 5,
  said: 1_000,
  result: 4_000,
};

await benchmark("a long conversation", settings, async (given, folder) => {
  const { store, turns, window, samples, said, result } = given;
  const sizes = { turns, saidBytes: said, resultBytes: result };
  const found: number[][] = [];
  let bytes: Bytes = { own: NaN, all: NaN };
  for (let sample = 0; sample <= samples; sample += 1) {
    const turnTimes: number[] = [];
    bytes = await withStore(storeKind(store), folder, (opened) => talk(opened, sizes, turnTimes));
    if (sample > 0) found.push(turnTimes); // the first warms up
  }
  const at = (turn: number): readonly number[] =>
    found.map((times) => median(times.slice(turn, turn + window)));
  const [early, late] = [at(1), at(turns - window - 1)];
  return [
    { what: `a turn, from turn 2`, value: median(early), unit: "ms" },
    { what: `a turn, up to turn ${turns - 1}`, value: median(late), unit: "ms" },
    {
      what: "late beside early",
      value: median(late.map((time, sample) => time / (early[sample] ?? NaN))),
      unit: "x",
      bar: { atMost: 1.5 },
    },
    {
      what: "the agent's ledger beside the new messages",
      value: bytes.own,
      unit: "x",
      bar: { atMost: 3 },
    },
    { what: "with the ledgers of its tool calls", value: bytes.all, unit: "x" },
  ] satisfies Row[];
});

interface Bytes {
  readonly own: number;
  readonly all: number;
}

/**
 * One conversation: the processor time from each question to the model to the next, without what the model takes, and what was
 * written. Time on the wall would be that of the disk, and of whoever else uses the machine.
 */
async function talk(
  { store }: OpenedStore,
  sizes: Parameters<typeof talkative>[0],
  turnTimes: number[],
): Promise<Bytes> {
  let back: NodeJS.CpuUsage | undefined;
  const agent = talkative(sizes, {
    away: () => {
      if (back === undefined) return;
      const { user, system } = process.cpuUsage(back);
      turnTimes.push((user + system) / 1_000);
    },
    back: () => (back = process.cpuUsage()),
  });
  await using runtime = new Runtime({ store, effects: agent.effects, closesStore: false });
  const run = await runtime.start(agent, { vars: { task: "Read all pages." } });
  const { turns } = await run.result();
  if (turns !== sizes.turns) throw new Error(`${turns} turns instead of ${sizes.turns}`);
  const messages = newMessageBytes(await run.state());
  const own = await ledgerBytes(store, [run.runId]);
  const calls = await runtime.listRuns({ parentRunId: run.runId, limit: 1_000 });
  const all =
    own +
    (await ledgerBytes(
      store,
      calls.items.map(({ runId }) => runId),
    ));
  return { own: own / messages, all: all / messages };
}

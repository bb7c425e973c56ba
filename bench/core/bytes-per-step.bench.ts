// Bytes that go into all files of a store per step of a run with large vars: ledger, checkpoints, whatever else.
import { Runtime } from "@abstractruntime/core";
import { countingFiles } from "../measure/counting-files.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Row } from "../report/row.ts";
import { shapes, type Shape } from "../workload/large-vars.ts";
import { withStore, type OpenedStore } from "../workload/open-store.ts";
import { noteCalls, stamp } from "../workload/stamping.ts";

const settings = { kilobytes: 1_000, steps: 10_000 };

await benchmark("bytes per step", settings, async ({ kilobytes, steps }, folder) => {
  const rows: Row[] = [];
  for (const shape of shapes) {
    rows.push(...(await bytesWritten(shape, 0, steps, folder)));
    rows.push(...(await bytesWritten(shape, kilobytes, steps, folder)));
  }
  return rows;
});

async function bytesWritten(
  shape: Shape,
  kilobytes: number,
  steps: number,
  folder: string,
): Promise<readonly Row[]> {
  const files = countingFiles();
  const seen: number[] = [];
  const drive = async ({ store }: OpenedStore): Promise<void> => {
    await using runtime = new Runtime({ store, effects: [stamp] });
    noteCalls(() => seen.push(files.bytes));
    await runtime.start(shape.workflow, { vars: { n: 0, steps, ...shape.vars(kilobytes) } });
  };
  await withStore("files", folder, drive, { fs: files.fs });
  const perStep = ((seen.at(-1) ?? NaN) - (seen[0] ?? NaN)) / (steps - 1);
  const name = kilobytes === 0 ? "empty vars" : `${kilobytes} kB`;
  return [
    { what: `${shape.name}, ${name}`, value: perStep, unit: "B", bar: { atMost: 2_000 } },
    { what: `${shape.name}, ${name}, with start and end`, value: files.bytes / steps, unit: "B" },
  ];
}

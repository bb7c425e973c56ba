import { runnerOrGlobals, type TestRunner } from "../runner.ts";
import { claimDueTheme } from "./claim-due.ts";
import { nextWakeTheme } from "./next-wake.ts";
import { chainTheme } from "./chain.ts";
import { commitTheme } from "./commit.ts";
import { createTheme } from "./create.ts";
import { deliverTheme } from "./deliver.ts";
import { elsewhereTheme } from "./elsewhere.ts";
import { eventsTheme } from "./events.ts";
import { familyTheme } from "./family.ts";
import { fidelityTheme } from "./fidelity.ts";
import { forkTheme } from "./fork.ts";
import { inboxRacesTheme } from "./inbox-races.ts";
import { joinsTheme } from "./joins.ts";
import { leasesTheme } from "./leases.ts";
import { lifecycleTheme } from "./lifecycle.ts";
import { listTheme } from "./list.ts";
import { listChildrenTheme } from "./list-children.ts";
import { namesTheme } from "./names.ts";
import { purgeTheme } from "./purge.ts";
import { recordsTheme } from "./records.ts";
import { reopenTheme } from "./reopen.ts";
import { resendTheme } from "./resend.ts";
import { inNewWorld, type StoreUnderTest } from "./store-world.ts";
import type { Theme } from "./theme.ts";

const themes: readonly Theme[] = [
  createTheme,
  commitTheme,
  resendTheme,
  leasesTheme,
  claimDueTheme,
  nextWakeTheme,
  deliverTheme,
  inboxRacesTheme,
  eventsTheme,
  familyTheme,
  forkTheme,
  elsewhereTheme,
  joinsTheme,
  recordsTheme,
  chainTheme,
  fidelityTheme,
  namesTheme,
  listTheme,
  listChildrenTheme,
  purgeTheme,
  lifecycleTheme,
  reopenTheme,
];

/**
 * Register the conformance suite of `DurableStore`: the port's promises as test cases. A store that passes may stand
 * under a runtime. Each case opens a store of its own; cases that the store's `capabilities` rule out are skipped.
 *
 * @param runner `describe`, `it` and `expect` of your test runner; by default the globals of these names.
 *
 * @example
 * describeDurableStore("my store", { open: ({ place, clock }) => MyStore.open(place, { clock }) }, { describe, it, expect });
 */
export function describeDurableStore(
  name: string,
  subject: StoreUnderTest,
  runner?: TestRunner,
): void {
  const { describe, it, expect } = runnerOrGlobals(runner);
  describe(`${name} as a DurableStore`, () => {
    for (const { title, cases } of themes)
      describe(title, () =>
        cases((caseTitle, body, applies = () => true) => {
          it(caseTitle, (context) =>
            inNewWorld(subject, async (world) => {
              if (applies(world.store.capabilities)) await body(world);
              else context?.skip?.("the store's capabilities rule it out");
            }),
          );
        }, expect),
      );
  });
}

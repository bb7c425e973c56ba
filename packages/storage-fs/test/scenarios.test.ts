import { describeScenarios } from "../../testkit/test/parity/describe-scenarios.ts";
import { recordedScenarios } from "../../testkit/test/parity/scenario.ts";
import type { StorePlace } from "../../testkit/test/parity/store-place.ts";
import { FileStore } from "../src/index.ts";
import { freshFolder } from "./fresh-folder.ts";

/** A folder of its own. A process that ends lets go of its lock; another opens it again. */
async function folderPlace(): Promise<StorePlace> {
  const folder = await freshFolder();
  return {
    open: async (clock) => FileStore.open(folder, { clock }),
    leave: async (store) => store.close(),
  };
}

describeScenarios("FileStore", recordedScenarios(), folderPlace);

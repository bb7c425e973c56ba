import { describeScenarios } from "./describe-scenarios.ts";
import { recordedScenarios } from "./scenario.ts";
import { memoryPlace } from "./store-place.ts";

describeScenarios("MemoryStore", recordedScenarios(), async () => memoryPlace());

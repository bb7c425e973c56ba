import { checkWorkflow } from "@abstractruntime/core";
import { expect, it } from "vitest";
import { scheduleWorkflow } from "./schedule-workflow.ts";

it("the picture of a schedule has no loose ends", () => {
  expect(checkWorkflow(scheduleWorkflow)).toEqual([]);
});

export {
  createToolWorker,
  type ToolWorker,
  type ToolWorkerOptions,
} from "./tool-worker/create-tool-worker.ts";

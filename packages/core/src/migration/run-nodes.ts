import type { Pending } from "../run/pending.ts";
import type { RunState } from "../run/run-state.ts";
import type { Wait } from "../wait/wait.ts";

/** Where in a run's state a node is named. */
export type NodePlace =
  | "currentNode"
  | "pending.nodeId"
  | "pending.next"
  | "pending.onError"
  | "waiting.resumeToNode"
  | "waiting.onErrorNode"
  | "waiting.timeout.node";

/** The parts of a run that name nodes. */
export type Standing = Pick<RunState, "currentNode" | "pending" | "waiting">;

/** Where the run stands and may go, with each node replaced by what `map` says. */
export function mapNodes(run: Standing, map: (node: string, place: NodePlace) => string): Standing {
  const { pending, waiting } = run;
  return {
    currentNode: map(run.currentNode, "currentNode"),
    pending: pending === null ? null : mapPending(pending, map),
    waiting: waiting === null ? null : mapWait(waiting, map),
  };
}

type MapNode = (node: string, place: NodePlace) => string;

function mapPending(pending: Pending, map: MapNode): Pending {
  const { nodeId, next, onError } = pending;
  return {
    ...pending,
    nodeId: map(nodeId, "pending.nodeId"),
    next: next === null ? null : map(next, "pending.next"),
    onError: onError === null ? null : map(onError, "pending.onError"),
  };
}

function mapWait(wait: Wait, map: MapNode): Wait {
  const { resumeToNode, onErrorNode, timeout } = wait;
  return {
    ...wait,
    resumeToNode: resumeToNode === null ? null : map(resumeToNode, "waiting.resumeToNode"),
    onErrorNode: onErrorNode === null ? null : map(onErrorNode, "waiting.onErrorNode"),
    timeout:
      timeout === null || timeout.node === null
        ? timeout
        : { ...timeout, node: map(timeout.node, "waiting.timeout.node") },
  };
}

/** Whether the handler of the current node may be what runs next, and not only what ran last. */
export function mayRunCurrentNode({ pending, waiting }: Standing): boolean {
  if (pending !== null) return pending.next === null;
  return waiting === null || waiting.gate !== null || waiting.resumeToNode === null;
}

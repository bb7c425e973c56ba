import type { OnChildFailure } from "../join/join.ts";
import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { readShare } from "../limits/child-share.ts";
import { badPayload } from "./bad-payload.ts";
import type { BuiltIn, BuiltInContext, BuiltInOutcome, ChildRequest } from "./built-in.ts";
import { commonWaitOptions, timeoutFault } from "./wait-options.ts";

/** The children of one step, and what its wait for them needs. */
export interface JoinRequest {
  readonly total: number;
  /** Null: all, whatever becomes of each. */
  readonly need: number | null;
  readonly onFailure: OnChildFailure;
  readonly maxConcurrency: number | null;
  /** The child at an index below `total`. */
  readonly child: (index: number) => ChildRequest;
}

/** Runs several children and waits for all, any or a number of them. */
export const startSubworkflowsEffect: BuiltIn = {
  type: "start_subworkflows",
  evaluate(payload: JsonObject, { now }: BuiltInContext): BuiltInOutcome {
    const fault = timeoutFault(payload);
    if (fault !== null) return badPayload(`start_subworkflows: ${fault}`);
    const request = readJoinRequest(payload);
    if (typeof request === "string") return badPayload(`start_subworkflows: ${request}`);
    if (request.total === 0) return { status: "completed", result: nothingToJoin };
    return {
      status: "waiting",
      wait: { ...commonWaitOptions(payload, now), reason: "subworkflow" },
      children: request,
    };
  },
};

const nothingToJoin: JsonObject = { completed: 0, failed: 0, results: [] };

/** More children than this need more than one parent. */
export const MAX_CHILDREN = 100_000;

/** What a payload of `start_subworkflows` asks for, or what is wrong with it. */
export function readJoinRequest(payload: JsonObject): JoinRequest | string {
  const children = readChildren(payload);
  if (typeof children === "string") return children;
  const { total } = children;
  if (total > MAX_CHILDREN) return `${total} children are more than ${MAX_CHILDREN}`;
  const need = readNeed(payload["join"], total);
  if (typeof need === "string") return need;
  const onFailure = payload["on_failure"] ?? (need === null ? "fail_fast" : "settle");
  if (onFailure !== "fail_fast" && onFailure !== "settle")
    return 'payload.on_failure must be "fail_fast" or "settle"';
  const maxConcurrency = payload["max_concurrency"] ?? null;
  if (maxConcurrency !== null && !isCount(maxConcurrency))
    return "payload.max_concurrency must be a whole number from 1 on";
  return { ...children, need, onFailure, maxConcurrency };
}

function readNeed(join: JsonValue | undefined, total: number): number | null | string {
  if (join === undefined || join === null || join === "all") return null;
  const need = join === "any" ? 1 : join;
  if (!isCount(need)) return 'payload.join must be "all", "any" or a whole number from 1 on';
  return need <= total ? need : `payload.join asks for ${need} of ${total} children`;
}

type Children = Pick<JoinRequest, "total" | "child">;

/** Children are listed, or made of one request and a list of items. */
function readChildren(payload: JsonObject): Children | string {
  const { children, each } = payload;
  if (children !== undefined && each !== undefined)
    return "payload.children and payload.each exclude each other";
  return each === undefined ? listed(children) : ofItems(payload, each);
}

function listed(children: JsonValue | undefined): Children | string {
  if (!Array.isArray(children)) return "payload.children must be a list";
  const requests: ChildRequest[] = [];
  for (const [index, child] of (children as readonly JsonValue[]).entries()) {
    const request = readChild(child, index);
    if (typeof request === "string") return `payload.children[${index}]${request}`;
    requests.push(request);
  }
  const at = (index: number): ChildRequest => {
    const request = requests[index];
    if (request === undefined) throw new RangeError(`child ${index} of ${requests.length}`);
    return request;
  };
  return { total: requests.length, child: at };
}

function ofItems(payload: JsonObject, each: JsonValue): Children | string {
  if (!Array.isArray(each)) return "payload.each must be a list";
  const items: readonly JsonValue[] = each;
  const { as = "item" } = payload;
  if (typeof as !== "string" || as === "" || as === "index")
    return 'payload.as must be a text other than "index"';
  const common = readChild(payload, 0);
  if (typeof common === "string") return `payload${common}`;
  const child = (index: number): ChildRequest => ({
    ...common,
    index,
    vars: { ...common.vars, [as]: items[index] ?? null, index },
  });
  return { total: items.length, child };
}

function readChild(child: JsonValue, index: number): ChildRequest | string {
  if (!isJsonObject(child)) return " must be an object";
  const { workflow_id: workflowId, node, vars, actor_id: actorId, session_id: sessionId } = child;
  if (vars !== undefined && vars !== null && !isJsonObject(vars)) return ".vars must be an object";
  const isWorkflow = typeof workflowId === "string" && workflowId !== "";
  const isNode = typeof node === "string" && node !== "";
  if (isWorkflow === isNode) return ": give either a workflow_id or a node";
  const limits = readShare(child["limits"]);
  if (typeof limits === "string") return `: ${limits}`;
  return {
    ...(isWorkflow ? { workflowId } : { node: node as string }),
    index,
    vars: isJsonObject(vars ?? null) ? (vars as JsonObject) : {},
    awaited: true,
    ...(limits !== undefined && { limits }),
    ...(typeof actorId === "string" && { actorId }),
    ...(typeof sessionId === "string" && { sessionId }),
  };
}

function isCount(value: JsonValue): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1;
}

import { ref, type ErrorCode } from "@abstractruntime/core";

/** A payload of `start_subworkflows` with which no child begins; `says` are parts of the message. */
export interface BadJoin {
  readonly what: string;
  readonly payload: object;
  readonly code: ErrorCode;
  readonly says: readonly string[];
}

const bad = (what: string, payload: object, ...says: readonly string[]): BadJoin => ({
  what,
  payload,
  code: "invalid_argument",
  says: ["start_subworkflows", ...says],
});

const child = { workflow_id: "idle" };
const children = [child, child];
const numbered = Array.from({ length: 1_000 }, (_, n) => ({
  workflow_id: "typed",
  vars: { n: n === 700 ? "700" : n },
}));

export const badJoins: readonly BadJoin[] = [
  bad("no children", {}, "payload.children must be a list"),
  bad("children that are no list", { children: { a: child } }, "payload.children must be a list"),
  bad("a child that is a text", { children: [child, "idle"] }, "children[1] must be an object"),
  bad("a child of nothing", { children: [child, {}] }, "children[1]: give either a workflow_id"),
  bad("a child of a workflow and a node", { children: [{ ...child, node: "end" }] }, "children[0]"),
  bad("vars that are no object", { children: [{ ...child, vars: [1] }] }, "children[0].vars must"),
  bad("each of a text", { ...child, each: ref("text") }, "payload.each must be a list"),
  bad("each of what is not there", { ...child, each: ref("nothing.here") }, "payload.each must be"),
  bad("each beside children", { children, each: [1] }, "exclude each other"),
  bad("each by the name of its place", { ...child, each: [1], as: "index" }, "payload.as"),
  bad("a join of none", { children, join: 0 }, "payload.join must be"),
  bad("a join of some", { children, join: "some" }, "payload.join must be"),
  bad("a join of one and a half", { children, join: 1.5 }, "payload.join must be"),
  bad("a join of more than there are", { children, join: 3 }, "asks for 3 of 2 children"),
  bad("any of none", { ...child, each: [], join: "any" }, "asks for 1 of 0 children"),
  bad("an unknown way to take a failure", { children, on_failure: "ignore" }, "payload.on_failure"),
  bad("nobody at a time", { children, max_concurrency: 0 }, "payload.max_concurrency"),
  bad("a negative timeout", { children, timeout_ms: -1 }, "payload.timeout_ms"),
  bad("too many children", { ...child, each: ref("many") }, "100001 children", "more than 100000"),
  {
    what: "a node that there is not",
    payload: { children: [{ node: "end" }, { node: "ende" }] },
    code: "unknown_node",
    says: ["child 1: ", 'no node "ende"', "first, second, end"],
  },
  {
    what: "a workflow that is not registered",
    payload: { children: [child, { workflow_id: "idel" }] },
    code: "workflow_not_registered",
    says: ["child 1: ", "'idel' not found"],
  },
  {
    what: "vars of a child in a later batch that its schema refuses",
    payload: { children: numbered, max_concurrency: 10 },
    code: "schema_mismatch",
    says: ["child 700: vars.n: give a number"],
  },
  {
    what: "an item in a later batch that the schema refuses",
    payload: { workflow_id: "typed", each: numbered.map(({ vars }) => vars.n), as: "n" },
    code: "schema_mismatch",
    says: ["child 700: vars.n: give a number"],
  },
];

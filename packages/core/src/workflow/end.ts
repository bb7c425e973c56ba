/**
 * As a target of a declared edge: the run may end here. A node that leads to no other node needs none.
 *
 * `edges: { think: ["decide"], decide: ["act", END], act: ["think"] }`
 */
export const END: null = null;

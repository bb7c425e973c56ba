/** By this name Node's console asks a value what to print. It asks the target of a proxy, on behalf of the proxy. */
const custom: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** Stands behind the proxy of an object, empty, so that `console.log(run.vars)` prints what the handler sees. */
export function objectTarget(): object {
  return { [custom]: members };
}

/** The same for a list: only the proxy of an array is an array. */
export function listTarget(): object {
  const target: unknown[] & { [custom]?: typeof items } = [];
  target[custom] = items;
  return target;
}

function members(this: object): object {
  return { ...this };
}

function items(this: readonly unknown[]): unknown[] {
  return [...this];
}

import { isAbstractRuntimeError } from "@abstractruntime/core";
import {
  AbstractRuntimeError,
  type Change,
  type Clock,
  type NewRun,
} from "@abstractruntime/core/store";
import type { Fates } from "./fates.ts";
import type { InterceptedCall } from "./intercepted-store.ts";
import { never, type SimulatedProcess } from "./simulated-process.ts";
import type { Trace } from "./trace.ts";
import type { Turns } from "./turns.ts";
import type { Witness } from "./witness.ts";

/** A crash that happened. */
export interface SimulatedCrash {
  readonly process: string;
  readonly call: number;
  readonly method: string;
  readonly when: "before" | "after";
}

export interface WireDeps {
  readonly clock: Clock;
  readonly turns: Turns;
  readonly fates: Fates;
  readonly trace: Trace;
  readonly witness: Witness;
  readonly onCrash: (process: SimulatedProcess) => void;
}

/** What lies between processes and the store: calls wait for their turns, get lost, come late, or never come back. */
export class Wire {
  readonly crashes: SimulatedCrash[] = [];
  readonly #deps: WireDeps;
  readonly #cutOffUntil = new Map<SimulatedProcess, number>();
  #calls = 0;
  /** Calls that the store is carrying out: more than none between two turns of the event loop only if it does I/O. */
  #carriedOut = 0;
  #idle = Promise.withResolvers<void>();

  constructor(deps: WireDeps) {
    this.#deps = deps;
  }

  /** Store calls so far. */
  get calls(): number {
    return this.#calls;
  }

  /** Whether the store is carrying out a call. */
  get isBusy(): boolean {
    return this.#carriedOut > 0;
  }

  /** Resolves when it has carried out what it is asked now. */
  whenIdle(): Promise<void> {
    return this.#idle.promise;
  }

  /** A store call of a process: it waits for its turn, and meets its fate. */
  async serve(process: SimulatedProcess, call: InterceptedCall): Promise<unknown> {
    if (process.isCrashed) return never();
    await this.#deps.turns.take();
    if (process.isCrashed) return never();
    this.#calls += 1;
    const { method } = call;
    const fate = this.#deps.fates.next(this.#calls);
    if (fate.kind === "crash_before") return this.#crash(process, method, "before");
    if (fate.kind === "cut_off") this.#cutOffUntil.set(process, this.#deps.clock.now() + fate.ms);
    if (fate.kind === "failed" || this.#isCutOff(process)) {
      this.#deps.trace.add(
        process.name,
        `${describe(call)}: ${fate.kind === "failed" ? "failed" : "cut off"}`,
      );
      throw unavailable(method);
    }
    if (fate.kind === "delayed_call") await this.#deps.clock.sleep(fate.ms);
    if (process.isCrashed) return never();
    const number = this.#calls;
    const answer = await this.#apply(process, call);
    if (fate.kind === "crash_after") return this.#crash(process, method, "after");
    if (fate.kind === "delayed_answer") await this.#deps.clock.sleep(fate.ms);
    if (fate.kind === "late") await this.#deps.turns.take();
    if (process.isCrashed) return never();
    if (fate.kind === "lost" && "value" in answer) {
      this.#deps.trace.add(process.name, `answer ${number} (${method}) lost`);
      throw unavailable(method);
    }
    if ("value" in answer) return answer.value;
    throw answer.error;
  }

  async #apply(
    process: SimulatedProcess,
    call: InterceptedCall,
  ): Promise<{ readonly value: unknown } | { readonly error: unknown }> {
    this.#carriedOut += 1;
    try {
      const value = await call.work();
      const seen = await this.#witnessed(process, call);
      this.#deps.trace.add(process.name, [describe(call), ...seen].join(" "));
      return { value };
    } catch (error) {
      const code = isAbstractRuntimeError(error) ? error.code : String(error);
      this.#deps.trace.add(process.name, `${describe(call)}: ${code}`);
      return { error };
    } finally {
      this.#carriedOut -= 1;
      if (this.#carriedOut === 0) this.#becomeIdle();
    }
  }

  #becomeIdle(): void {
    this.#idle.resolve();
    this.#idle = Promise.withResolvers();
  }

  async #witnessed(process: SimulatedProcess, call: InterceptedCall): Promise<readonly string[]> {
    if (call.method === "commit")
      return this.#deps.witness.committed(process.name, call.args[0] as Change);
    if (call.method === "create")
      return this.#deps.witness.created(process.name, call.args[0] as NewRun);
    return [];
  }

  #isCutOff(process: SimulatedProcess): boolean {
    return this.#deps.clock.now() < (this.#cutOffUntil.get(process) ?? -Infinity);
  }

  #crash(process: SimulatedProcess, method: string, when: "before" | "after"): Promise<never> {
    const { name } = process;
    this.#deps.trace.add(name, `crashes ${when} ${method}, call ${this.#calls}`);
    this.crashes.push({ process: name, call: this.#calls, method, when });
    process.crash();
    this.#deps.onCrash(process);
    return never();
  }
}

function describe({ method, args }: InterceptedCall): string {
  const [first] = args;
  if (typeof first === "string") return `${method} ${first}`;
  if (typeof first !== "object" || first === null) return method;
  if ("runId" in first) return `${method} ${String(first.runId)}`;
  if ("runIds" in first) return `${method} ${String(first.runIds)}`;
  return method;
}

function unavailable(method: string): AbstractRuntimeError {
  return new AbstractRuntimeError("store_unavailable", `${method}: the simulated store is away`);
}

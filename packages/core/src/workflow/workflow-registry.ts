import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { WorkflowRef } from "../ports/durable-store.ts";
import type { Workflow } from "./workflow.ts";

/** The workflows that a runtime can drive: by id, several versions side by side. The latest registered one starts runs. */
export class WorkflowRegistry {
  readonly #byId = new Map<string, Map<string, Workflow>>();

  constructor(workflows: Iterable<Workflow> = []) {
    for (const workflow of workflows) this.register(workflow);
  }

  /**
   * Add a workflow. The same one twice is fine.
   *
   * @throws duplicate_workflow another workflow with this id and version is registered
   */
  register(workflow: Workflow): void {
    const versions = this.#byId.get(workflow.id) ?? new Map<string, Workflow>();
    for (const known of versions.values()) {
      if (known === workflow) return;
      if (known.version === workflow.version && known.graphHash !== workflow.graphHash)
        throw duplicate(workflow);
    }
    versions.delete(workflow.graphHash);
    versions.set(workflow.graphHash, workflow);
    this.#byId.set(workflow.id, versions);
  }

  /** Forget all versions of a workflow. @throws workflow_not_registered */
  unregister(workflowId: string): void {
    if (!this.#byId.delete(workflowId)) throw notRegistered(workflowId);
  }

  /** The workflow with this id: the one of this graph, or without a graph the latest registered. */
  get(workflowId: string, graphHash?: string | null): Workflow | undefined {
    const versions = this.#byId.get(workflowId);
    if (graphHash !== undefined && graphHash !== null) return versions?.get(graphHash);
    return versions === undefined ? undefined : [...versions.values()].at(-1);
  }

  /** The workflow of this version; null: the latest registered. */
  ofVersion(workflowId: string, version: string | null): Workflow | undefined {
    if (version === null) return this.get(workflowId);
    const versions = [...(this.#byId.get(workflowId)?.values() ?? [])];
    return versions.findLast((workflow) => workflow.version === version);
  }

  /** The latest registered version that takes over runs of an older one (null: of 0.2.0). */
  taking(workflowId: string, version: string | null): Workflow | undefined {
    const versions = [...(this.#byId.get(workflowId)?.values() ?? [])];
    return versions.findLast(({ migrations }) => migrations.has(version));
  }

  /** Like `get`. @throws workflow_not_registered */
  getOrThrow(workflowId: string, graphHash?: string | null): Workflow {
    const workflow = this.get(workflowId, graphHash);
    if (workflow === undefined) throw notRegistered(workflowId);
    return workflow;
  }

  has(workflowId: string): boolean {
    return this.#byId.has(workflowId);
  }

  ids(): readonly string[] {
    return [...this.#byId.keys()];
  }

  /** What can be driven, as `claimDue` wants it: all graphs, and the versions whose runs can be migrated to one of them. */
  refs(): readonly WorkflowRef[] {
    return [...this.#byId].flatMap(([workflowId, versions]) =>
      [...versions.values()].flatMap(({ graphHash, version, migrations }) => [
        { workflowId, graphHash, workflowVersion: version },
        ...[...migrations.keys()]
          .filter((workflowVersion) => workflowVersion !== null)
          .map((workflowVersion) => ({ workflowId, workflowVersion })),
      ]),
    );
  }
}

function duplicate(workflow: Workflow): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "duplicate_workflow",
    `a different graph of workflow ${workflow.id} is registered as version ${workflow.version}: raise the version`,
    { details: { workflowId: workflow.id, version: workflow.version } },
  );
}

export function notRegistered(workflowId: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "workflow_not_registered",
    `workflow ${workflowId} is not registered: pass it in new Runtime({ workflows })`,
    { details: { workflowId } },
  );
}

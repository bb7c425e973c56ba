/** What a code means for the caller. The page docs/reference/errors.md is made of this table. */
export interface ErrorCodeInfo {
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean;
  readonly meaning: string;
  readonly remedy: string;
}

const code = (retryable: boolean, meaning: string, remedy: string): ErrorCodeInfo => ({ retryable, meaning, remedy });

/** Every code of every `@abstractruntime` error. A code keeps its meaning for a whole major version. */
export const errorCodes = {
  artifact_exists: code(false, "The artifact id names other content.", "Leave the id out, or choose another."),
  artifact_not_found: code(false, "There is no artifact with this id.", "Check the id; the artifact may have been purged."),
  duplicate_effect: code(false, "Two effect definitions have the same type.", "Give each its own type."),
  duplicate_workflow: code(false, "A different workflow with this id and version is registered.", "Raise its version, or unregister the old one."),
  effect_failed: code(false, "An effect failed for good.", "See `cause` and the run's error; raise attempts, or plan an `onError` node."),
  effect_not_registered: code(false, "No handler performs this effect type.", "Pass its definition in `new Runtime({ effects })`."),
  effect_timeout: code(true, "An attempt took longer than its policy allows.", "Raise the timeout, or make the effect faster."),
  inbox_changed: code(true, "Messages came that the writer had not read.", "Read the inbox and plan again. The runtime does so by itself."),
  inbox_full: code(true, "The run has 10,000 unread messages.", "Let a driver run it, or stop sending."),
  invalid_answer: code(false, "The answer is not one the wait accepts.", "Answer with one of its choices, or what its schema says."),
  invalid_argument: code(false, "An argument has a wrong type or range.", "See the message."),
  invalid_id: code(false, "An id has characters or a length that stores refuse.", "Use 1 to 200 of A-Z a-z 0-9 . _ @ = + - with a letter, digit, _ or - first."),
  invalid_instant: code(false, "A time is not ISO 8601 with a date, a time and a zone.", "Write it as 2026-03-01T09:00:00Z."),
  invalid_json_value: code(false, "A value is not JSON; the message has its path.", "Convert it before handing it over."),
  invalid_plan: code(false, "A node handler returned something that is no plan.", "Return goto, complete, fail or an effect with a next node."),
  invalid_workflow: code(false, "The workflow definition is not valid.", "See the message."),
  lease_lost: code(true, "Another driver holds the run now.", "Let that driver go on; load the run to see where it is."),
  node_failed: code(false, "A node handler threw.", "See `cause`; handlers should be free of side effects and total."),
  recursion_limit: code(false, "Runs started runs too deeply.", "Look for a workflow that starts itself, or raise `maxDepth`."),
  revision_conflict: code(true, "The run is at another revision than the one read.", "Load it again."),
  run_cancelled: code(false, "The run was cancelled.", "Nothing: the reason is in the message."),
  run_ended: code(false, "The run has ended and takes no messages.", "Start a new run."),
  run_exists: code(false, "A run with this id exists, with another workflow or other vars.", "Use another id."),
  run_failed: code(false, "The run failed.", "See the run's error."),
  run_leased: code(true, "Another driver holds the run until the given time.", "Wait, or send a message instead of driving."),
  run_not_found: code(false, "There is no run with this id.", "Check the id; the run may have been purged."),
  run_not_waiting: code(false, "The run is not waiting.", "Load it: it may have been answered already."),
  run_paused: code(true, "The run is paused.", "Unpause it first."),
  runtime_closed: code(false, "The runtime was closed.", "Make a new one."),
  schema_mismatch: code(false, "A value does not match the schema it must match.", "See the issues in the message."),
  store_closed: code(false, "The store was closed.", "Open it again."),
  store_corrupt: code(false, "Stored data can't be read; the message says where.", "Run the store's repair, or restore that file from a backup."),
  store_locked: code(true, "Another process writes this store.", "Stop it, or open the store for reading."),
  store_unavailable: code(true, "The store did not answer; a write may have happened.", "Send the same change again."),
  stuck: code(false, "The run was claimed or interrupted too often without progress.", "Find what kills its drivers, then settle the wait."),
  unknown_node: code(false, "A node id names no node of the workflow.", "Fix the id; node ids are listed in the message."),
  unknown_outcome: code(false, "Nobody knows whether an effect happened.", "Find out, then call `settle`."),
  value_too_large: code(false, "A value is larger than the runtime accepts.", "Store it as an artifact and pass the reference."),
  wait_id_mismatch: code(false, "The answer is for another wait.", "Load the run and answer its present wait."),
  wait_key_mismatch: code(false, "The answer is for another key.", "Load the run and use its present key."),
  workflow_changed: code(false, "The run was started by a different graph of this workflow.", "Register that version too, or offer `migrate`."),
  workflow_not_registered: code(false, "No workflow with this id is registered.", "Pass it in `new Runtime({ workflows })`."),
} as const satisfies Record<string, ErrorCodeInfo>;

export type ErrorCode = keyof typeof errorCodes;

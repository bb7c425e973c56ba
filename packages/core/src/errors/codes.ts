/** What a code means for the caller. The page docs/reference/errors.md is made of this table. */
export interface ErrorCodeInfo {
  /** Whether the same call may succeed later, unchanged. */
  readonly retryable: boolean;
  readonly meaning: string;
  readonly remedy: string;
}

/** Every code of every `@abstractruntime` error. A code keeps its meaning for a whole major version. */
export const errorCodes = {
  artifact_exists: {
    retryable: false,
    meaning: "The artifact id names other content.",
    remedy: "Leave the id out, or choose another.",
  },
  artifact_not_found: {
    retryable: false,
    meaning: "There is no artifact with this id.",
    remedy: "Check the id; the artifact may have been purged.",
  },
  bundle_invalid: {
    retryable: false,
    meaning: "A bundle of runs is damaged, incomplete or of another version; nothing was imported.",
    remedy: "Export it again, or copy it again: the message says where it is wrong.",
  },
  duplicate_effect: {
    retryable: false,
    meaning: "Two effect definitions have the same type.",
    remedy: "Give each its own type.",
  },
  duplicate_workflow: {
    retryable: false,
    meaning: "A different workflow with this id and version is registered.",
    remedy: "Raise its version, or unregister the old one.",
  },
  effect_failed: {
    retryable: false,
    meaning: "An effect failed for good.",
    remedy: "See `cause` and the run's error; raise attempts, or plan an `onError` node.",
  },
  effect_not_registered: {
    retryable: false,
    meaning: "No handler in this process performs this effect type.",
    remedy:
      "Pass its definition in `new Runtime({ effects })`. Schedulers leave such runs to other processes: see `unhandledEffects`.",
  },
  effect_timeout: {
    retryable: true,
    meaning: "An attempt took longer than its policy allows.",
    remedy: "Raise the timeout, or make the effect faster.",
  },
  evidence_invalid: {
    retryable: false,
    meaning: "A file of evidence is of another format or version.",
    remedy: "Export it again, or copy it again: the message says where it is wrong.",
  },
  inbox_changed: {
    retryable: true,
    meaning: "Messages came that the writer had not read.",
    remedy: "Read the inbox and plan again. The runtime does so by itself.",
  },
  inbox_full: {
    retryable: true,
    meaning: "The run has 10,000 unread messages.",
    remedy: "Let a driver run it, or stop sending.",
  },
  invalid_answer: {
    retryable: false,
    meaning: "The answer is not one the wait accepts.",
    remedy: "Answer with one of its choices, or what its schema says.",
  },
  invalid_argument: {
    retryable: false,
    meaning: "An argument has a wrong type or range.",
    remedy: "See the message.",
  },
  invalid_id: {
    retryable: false,
    meaning: "An id has characters or a length that stores refuse.",
    remedy: "Use 1 to 200 of A-Z a-z 0-9 . _ @ = + - with a letter, digit, _ or - first.",
  },
  invalid_instant: {
    retryable: false,
    meaning: "A time is not ISO 8601 with a date, a time and a zone.",
    remedy: "Write it as 2026-03-01T09:00:00Z.",
  },
  invalid_json_value: {
    retryable: false,
    meaning: "A value is not JSON; the message has its path.",
    remedy: "Convert it before handing it over.",
  },
  invalid_key: {
    retryable: false,
    meaning:
      "A key is no Ed25519 key, is the wrong half, is open to others, or signs something else.",
    remedy: "See the message; keys are never quoted.",
  },
  invalid_plan: {
    retryable: false,
    meaning: "A node handler returned something that is no plan.",
    remedy: "Return goto, complete, fail or an effect with a next node.",
  },
  invalid_workflow: {
    retryable: false,
    meaning: "The workflow definition is not valid.",
    remedy: "See the message.",
  },
  key_not_found: {
    retryable: false,
    meaning: "A value at rest is encrypted with a key that nobody gave.",
    remedy:
      "Give the key with this id: keys that were replaced are needed as long as something is sealed with them.",
  },
  lease_lost: {
    retryable: true,
    meaning: "Another driver holds the run now.",
    remedy: "Let that driver go on; load the run to see where it is.",
  },
  limit_exceeded: {
    retryable: false,
    meaning: "The run has used up its iterations or a budget, and they are enforced.",
    remedy: "Raise the limit with `updateLimits`; a run that waits for it then goes on.",
  },
  llm_output_invalid: {
    retryable: false,
    meaning: "A model's answer does not match the output that was asked for.",
    remedy: "See the issues in the message; ask with `repair`, or make the schema plainer.",
  },
  llm_rate_limited: {
    retryable: true,
    meaning: "The model server takes no more calls for now.",
    remedy: "Nothing: the runtime asks again when the server said, as often as its policy allows.",
  },
  llm_refused: {
    retryable: false,
    meaning: "The model server refuses the call: its key, its model or its parameters.",
    remedy: "See the status and the server's words in the message.",
  },
  llm_response_invalid: {
    retryable: true,
    meaning: "What the model server sent is no answer, or an answer cut short.",
    remedy: "Check that the address is that of a model server; else ask again.",
  },
  llm_unavailable: {
    retryable: true,
    meaning: "The model server did not answer, or is in trouble.",
    remedy: "Ask again later; raise attempts in the runtime's policy.",
  },
  max_turns_exceeded: {
    retryable: false,
    meaning: "An agent had no final answer after all the turns that it has.",
    remedy: "Raise its `maxTurns`, or give it a smaller task.",
  },
  node_failed: {
    retryable: false,
    meaning: "A node handler threw.",
    remedy: "See `cause`; handlers should be free of side effects and total.",
  },
  payload_erased: {
    retryable: false,
    meaning: "What the run was given or made was erased, and can't be brought back.",
    remedy:
      "Nothing: the ledger says what happened, and the erasure's record says who erased it and why.",
  },
  recursion_limit: {
    retryable: false,
    meaning: "Runs started runs too deeply.",
    remedy: "Look for a workflow that starts itself, or raise `maxDepth`.",
  },
  result_timeout: {
    retryable: true,
    meaning: "The run has not ended in the time that was given for its result.",
    remedy: "Ask again later: the run is as it was.",
  },
  revision_conflict: {
    retryable: true,
    meaning: "The run is at another revision than the one read.",
    remedy: "Load it again.",
  },
  run_cancelled: {
    retryable: false,
    meaning: "The run was cancelled.",
    remedy: "Nothing: the reason is in the message.",
  },
  run_ended: {
    retryable: false,
    meaning: "The run has ended: it takes no messages, and there is nothing to go on with.",
    remedy: "Start a new run, or fork this one at an earlier record.",
  },
  run_exists: {
    retryable: false,
    meaning: "A run with this id exists, with another workflow or other vars.",
    remedy: "Use another id.",
  },
  join_failed: {
    retryable: false,
    meaning: "Of several children that a run started, fewer completed than it needs.",
    remedy: "See the first child's error; ask for fewer with `join`, or plan an `onError` node.",
  },
  run_failed: { retryable: false, meaning: "The run failed.", remedy: "See the run's error." },
  run_leased: {
    retryable: true,
    meaning: "Another driver holds the run until the given time.",
    remedy: "Wait, or send a message instead of driving.",
  },
  run_not_found: {
    retryable: false,
    meaning: "There is no run with this id.",
    remedy: "Check the id; the run may have been purged.",
  },
  run_not_waiting: {
    retryable: false,
    meaning: "The run is not waiting.",
    remedy: "Load it: it may have been answered already.",
  },
  run_paused: { retryable: true, meaning: "The run is paused.", remedy: "Unpause it first." },
  runtime_closed: {
    retryable: false,
    meaning: "The runtime was closed.",
    remedy: "Make a new one.",
  },
  scheduler_running: {
    retryable: false,
    meaning: "The scheduler runs already, or has not stopped yet.",
    remedy: "Await `stop()` before it is started again.",
  },
  schema_mismatch: {
    retryable: false,
    meaning: "A value does not match the schema it must match.",
    remedy: "See the issues in the message.",
  },
  signer_not_found: {
    retryable: false,
    meaning: "Nobody signs for the actor of a record; nothing was written.",
    remedy: "Give a signer with its `actorId`, or one without an actor for all others.",
  },
  snapshot_not_found: {
    retryable: false,
    meaning: "There is no snapshot with this id.",
    remedy: "Check the id; the snapshot may have been deleted.",
  },
  store_closed: { retryable: false, meaning: "The store was closed.", remedy: "Open it again." },
  store_corrupt: {
    retryable: false,
    meaning: "Stored data can't be read; the message says where.",
    remedy: "Run the store's repair, or restore that file from a backup.",
  },
  store_locked: {
    retryable: true,
    meaning: "Another process writes this store.",
    remedy: "Stop it, or open the store for reading.",
  },
  store_read_only: {
    retryable: false,
    meaning: "The store was opened for reading.",
    remedy: "Open it for writing, in the process that is to write it.",
  },
  store_unavailable: {
    retryable: true,
    meaning: "The store did not answer; a write may have happened.",
    remedy: "Send the same change again.",
  },
  stuck: {
    retryable: false,
    meaning: "The run was claimed or interrupted too often without progress.",
    remedy: "Find what kills its drivers, then settle the wait.",
  },
  unknown_node: {
    retryable: false,
    meaning: "A node id names no node of the workflow.",
    remedy: "Fix the id; node ids are listed in the message.",
  },
  unknown_outcome: {
    retryable: false,
    meaning: "Nobody knows whether an effect happened.",
    remedy: "Find out, then call `settle`.",
  },
  value_too_large: {
    retryable: false,
    meaning: "A value is larger than the runtime accepts.",
    remedy: "Store it as an artifact and pass the reference.",
  },
  wait_id_mismatch: {
    retryable: false,
    meaning: "The answer is for another wait.",
    remedy: "Load the run and answer its present wait.",
  },
  wait_key_mismatch: {
    retryable: false,
    meaning: "The answer is for another key.",
    remedy: "Load the run and use its present key.",
  },
  witness_unavailable: {
    retryable: true,
    meaning: "A witness did not take heads, or did not give them.",
    remedy: "Hand them out again: they are in the ledgers.",
  },
  workflow_changed: {
    retryable: false,
    meaning: "The run was started by a different graph of this workflow.",
    remedy:
      "Register the version that started it beside the new one, or offer a migration from it.",
  },
  workflow_not_registered: {
    retryable: false,
    meaning: "No workflow with this id is registered.",
    remedy: "Pass it in `new Runtime({ workflows })`.",
  },
} as const;

export type ErrorCode = keyof typeof errorCodes;

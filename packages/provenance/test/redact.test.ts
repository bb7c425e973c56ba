import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  complete,
  defineEffect,
  defineWorkflow,
  MemoryStore,
  Runtime,
  type AbstractRuntimeError,
} from "@abstractruntime/core";
import { foldRun, type JsonObject } from "@abstractruntime/core/store";
import { FileStore } from "@abstractruntime/storage-fs";
import {
  begun,
  completed,
  describeDurableStore,
  ended,
  moved,
  newEvent,
  newKeptEvent,
  newRun,
  nextChange,
  waiting,
  type RecordDraft,
} from "@abstractruntime/testkit/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commonSecrets, redact, type RedactOptions, type Secret } from "../src/index.ts";
import { bytesIn } from "./support/bytes-in.ts";
import { begunFor } from "./support/store-world.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "abstractruntime-redact-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describeDurableStore(
  "redact over memory",
  { open: async ({ clock }) => redact(new MemoryStore({ clock })) },
  { describe, it, expect },
);
describeDurableStore(
  "redact over files, remembering no run",
  {
    open: async ({ place, clock }) =>
      redact(await FileStore.open(join(folder, place), { clock }), { cachedRuns: 0 }),
  },
  { describe, it, expect },
);

function newWorld(options: RedactOptions = {}) {
  const inner = new MemoryStore();
  const store = redact(inner, options);
  const read = async (runId: string) => {
    const stored = await store.load(runId);
    if (stored === undefined) throw new TypeError(`there is no run ${runId}`);
    return stored;
  };
  return {
    inner,
    store,
    read,
    start: async (vars: JsonObject = {}) => (await store.create(newRun({ vars }))).stored,
    commit: async (runId: string, ...records: RecordDraft[]) => {
      await store.commit(nextChange(await read(runId), { records }));
      return (await read(runId)).run;
    },
  };
}

const varsAfter = async (vars: JsonObject, options?: RedactOptions): Promise<JsonObject> =>
  (await newWorld(options).start(vars)).run.vars;

describe("redact", () => {
  it.each<[string, JsonObject, JsonObject]>([
    ["the value of a secret's key", { password: "hunter2" }, { password: "[redacted]" }],
    [
      "it however the key is written",
      { apiKey: "a", "X-Api-Key": "b", API_KEY: "c", "set-cookie": ["d"] },
      {
        apiKey: "[redacted]",
        "X-Api-Key": "[redacted]",
        API_KEY: "[redacted]",
        "set-cookie": ["[redacted]"],
      },
    ],
    [
      "all texts and numbers below such a key, and leaves its shape",
      { credentials: { user: "ann", pin: 1234, old: ["x"], active: true, none: null } },
      {
        credentials: {
          user: "[redacted]",
          pin: "[redacted]",
          old: ["[redacted]"],
          active: true,
          none: null,
        },
      },
    ],
    [
      "bearer tokens in texts",
      { log: "sent Authorization: Bearer abcdefghijklmnopqrstuvwxyz012345 to it" },
      { log: "sent Authorization: Bearer [redacted] to it" },
    ],
    [
      "private keys",
      { file: "x\n-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\ny" },
      { file: "x\n[redacted]\ny" },
    ],
    [
      "keys of well-known services",
      { said: `use sk-${"a1B2".repeat(8)} and AKIAABCDEFGHIJKLMNOP and ghp_${"x".repeat(36)}` },
      { said: "use [redacted] and [redacted] and [redacted]" },
    ],
    [
      "passwords in addresses, queries and JSON that is a text",
      {
        db: "postgres://app:s3cret@db.example/app",
        url: "https://a.example/?api_key=12345&page=2",
        arguments: '{"user":"ann","password":"hunter2"}',
      },
      {
        db: "postgres://app:[redacted]@db.example/app",
        url: "https://a.example/?api_key=[redacted]&page=2",
        arguments: '{"user":"ann","password":"[redacted]"}',
      },
    ],
    [
      "nothing else",
      {
        max_tokens: 5,
        tokens: "10",
        prose: "The bearer of bad news. Password: must be long.",
        basic: "Basic understanding",
        _limits: { max_tokens: 100, current_iteration: 2 },
      },
      {
        max_tokens: 5,
        tokens: "10",
        prose: "The bearer of bad news. Password: must be long.",
        basic: "Basic understanding",
        _limits: { max_tokens: 100, current_iteration: 2 },
      },
    ],
  ])("replaces %s", async (_what, given, stored) => {
    expect(await varsAfter(given)).toEqual(stored);
    // What was redacted is left as it is when it is written again.
    expect(await varsAfter(stored)).toEqual(stored);
  });

  it("takes keys, patterns and functions of the user's, and drops its own unless they are given", async () => {
    const secrets: Secret[] = [
      "pin",
      /CUST-\d+/,
      (text, path) => (path.endsWith("/iban") ? text.slice(0, 2) : text),
    ];
    const vars = { pin: 1, note: "CUST-12 and CUST-13", iban: "DE89", password: "x" };
    const own = { pin: "[redacted]", note: "[redacted] and [redacted]", iban: "DE", password: "x" };
    expect(await varsAfter(vars, { secrets })).toEqual(own);
    expect(await varsAfter(vars, { secrets: [...commonSecrets, ...secrets] })).toEqual({
      ...own,
      password: "[redacted]",
    });
  });

  it("looks at every place where a run takes values in", async () => {
    const secret = `sk-${"canary".repeat(5)}`;
    const { store, inner, start, commit, read } = newWorld();
    const { run } = await start({ secret, keep: secret });
    const { runId } = run;
    await commit(runId, {
      kind: "moved",
      path: [],
      changes: [
        { op: "add", path: "/password", value: "canary" },
        { op: "add", path: "/list", value: [secret] },
      ],
    });
    await commit(runId, begun(1, { headers: { authorization: "canary" }, text: secret }));
    await commit(runId, completed(1, { token: "canary", text: secret }));
    await commit(runId, waiting({ prompt: secret, choices: [secret], details: { secret } }));
    const child = newRun({ vars: { secret }, parentRunId: runId });
    await store.commit(
      nextChange(await read(runId), {
        children: [child],
        messages: [{ runId: child.run.runId, message: newEvent("key", { secret }) }],
      }),
    );
    await store.deliver(runId, newEvent("key", secret));
    const kept = newKeptEvent("other");
    await store.publish({ ...kept, message: { ...kept.message, payload: { secret } } });
    await store.publish({ ...kept, message: { ...newEvent("key"), payload: secret } });
    await commit(runId, moved(), { ...ended({ secret }) });
    for (const id of [runId, child.run.runId]) {
      const all = [
        await inner.recordTexts(id),
        await inner.load(id),
        await inner.readInbox(id),
        await store.records(id),
      ];
      expect(JSON.stringify(all)).not.toContain("canary");
      expect(JSON.stringify(all)).toContain("[redacted]");
      expect(foldRun(await inner.records(id))).toEqual((await inner.load(id))?.run);
    }
  });

  it("looks at the key to which a result goes", async () => {
    const { start, commit } = newWorld();
    const { run } = await start();
    await commit(run.runId, begunFor(1, "auth.token"));
    const end = { ...completed(1, "canary"), resultKey: "auth.token" } as RecordDraft;
    expect((await commit(run.runId, end)).vars).toEqual({ auth: { token: "[redacted]" } });
  });

  it("knows a commit that is sent again", async () => {
    const { store, start, read } = newWorld({ cachedRuns: 0 });
    const change = nextChange(await start({ password: "x" }), {
      records: [moved({ token: "canary" })],
    });
    await store.commit(change);
    await store.commit(change);
    expect((await read(change.runId)).run.vars).toEqual({
      password: "[redacted]",
      token: "[redacted]",
    });
  });

  it("gives the driver that has a run what it has, and the next one what is stored", async () => {
    const seen: unknown[] = [];
    const call = defineEffect({
      type: "call",
      replay: "safe",
      perform: async ({ token }: { token: string }) => {
        seen.push(token);
        return null;
      },
    });
    const workflow = defineWorkflow({
      id: "caller",
      entry: "call",
      nodes: {
        call: (run) => call({ token: run.vars.token }, { next: "again" }),
        again: (run) => call({ token: run.vars.token }, { next: "done" }),
        done: () => complete(null),
      },
    });
    const inner = new MemoryStore();
    await using runtime = new Runtime({ store: redact(inner), effects: [call] });
    const run = await runtime.start(workflow, { vars: { token: "canary" }, maxSteps: 1 });
    await using next = new Runtime({
      store: redact(inner),
      effects: [call],
      workflows: [workflow],
    });
    await next.run(run.runId);
    expect(seen).toEqual(["canary", "[redacted]"]);
    expect(JSON.stringify(await inner.recordTexts(run.runId))).not.toContain("canary");
  });

  it("leaves no secret in files", async () => {
    const place = join(folder, "bytes");
    {
      await using store = redact(await FileStore.open(place));
      const { stored } = await store.create(newRun({ vars: { password: "canary" } }));
      await store.commit(nextChange(stored, { records: [begun(1, { api_key: "canary" })] }));
    }
    const bytes = await bytesIn(place);
    expect(bytes).toContain("[redacted]");
    expect(bytes).not.toContain("canary");
  });

  it.each([[[""]], [[1]], [[null]]])("refuses the secrets %j", (secrets) => {
    const code = { code: "invalid_argument" } satisfies Partial<AbstractRuntimeError>;
    expect(() => redact(new MemoryStore(), { secrets: secrets as unknown as Secret[] })).toThrow(
      expect.objectContaining(code),
    );
  });

  it("refuses a function that gives no text, and writes nothing", async () => {
    const { start, inner } = newWorld({ secrets: [() => undefined as unknown as string] });
    await expect(start({ a: "x" })).rejects.toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
    expect((await inner.list()).items).toEqual([]);
  });
});

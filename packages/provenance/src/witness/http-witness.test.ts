import { inspect } from "node:util";
import { isAbstractRuntimeError } from "@abstractruntime/core";
import { afterEach, describe, expect, it } from "vitest";
import { MemoryWitness, newHead } from "../../test/support/heads.ts";
import { serve, type TestServer } from "../../test/support/serve.ts";
import { httpWitness } from "./http-witness.ts";
import { witnessHandler } from "./witness-handler.ts";

const token = "s3cret-t0ken";
const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function listen(handler: (request: Request) => Promise<Response>): Promise<string> {
  const server = await serve(handler);
  servers.push(server);
  return server.url;
}

async function world() {
  const behind = new MemoryWitness();
  const url = await listen(witnessHandler(behind, { token }));
  return { behind, url, witness: httpWitness({ url, token }) };
}

async function failureOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(isAbstractRuntimeError(error, "witness_unavailable")).toBe(true);
  const text = inspect(error, { depth: 20, showHidden: true });
  expect(text).not.toContain(token);
  return text;
}

describe("httpWitness", () => {
  it("hands heads over, and gets them back", async () => {
    const { witness, behind } = await world();
    const heads = [newHead({ seq: 1, actorId: "ar_ä" }), newHead({ seq: 2 })];
    for (const head of heads) await witness.submit(head);
    await witness.submit(newHead({ runId: "run 2/ö" }));
    expect(behind.heads).toHaveLength(3);
    expect(await witness.list("run-1")).toEqual(heads);
    expect(await witness.list("run 2/ö")).toHaveLength(1);
    expect(await witness.list("run-3")).toEqual([]);
  });

  it("needs the token", async () => {
    const { url, behind } = await world();
    expect(await failureOf(httpWitness({ url }).submit(newHead({})))).toContain("401");
    expect(await failureOf(httpWitness({ url, token: "guess" }).list("run-1"))).toContain("401");
    expect(behind.calls).toBe(0);
  });

  it("says so when the witness behind the server fails, without its reason", async () => {
    const { witness, behind } = await world();
    behind.failure = new Error("disk of 10.0.0.7 is full");
    const text = await failureOf(witness.submit(newHead({})));
    expect(text).toContain("503");
    expect(text).not.toContain("10.0.0.7");
  });

  it("says so when nobody listens", async () => {
    const { url, witness } = await world();
    await servers.pop()?.close();
    expect(await failureOf(witness.submit(newHead({})))).toContain(new URL(url).host);
  });

  it("does not wait for ever", async () => {
    const url = await listen(() => new Promise(() => undefined));
    const slow = httpWitness({ url, token, timeoutMs: 50 });
    expect(await failureOf(slow.submit(newHead({})))).toContain("in time");
  });

  it("can be aborted", async () => {
    const url = await listen(() => new Promise(() => undefined));
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(httpWitness({ url }).submit(newHead({}), { signal })).rejects.toThrow("enough");
  });

  it("does not follow a redirect, which could carry the token elsewhere", async () => {
    const { url: target, behind } = await world();
    const url = await listen(() => Promise.resolve(Response.redirect(target, 307)));
    await failureOf(httpWitness({ url, token }).submit(newHead({})));
    expect(behind.calls).toBe(0);
  });

  it.each([
    ["no JSON", () => new Response("<html>")],
    ["other JSON", () => Response.json([])],
    ["something else than heads", () => Response.json({ heads: [{ run_id: "run-1" }] })],
  ])("refuses an answer with %s", async (_, answer) => {
    const url = await listen(() => Promise.resolve(answer()));
    const failure = await failureOf(httpWitness({ url, token }).list("run-1"));
    expect(failure).toContain("gave no heads");
  });

  it.each(["no url", "ftp://127.0.0.1/", `http://user:${token}@127.0.0.1/`])(
    "refuses %s, without quoting it",
    (url) => {
      expect(() => httpWitness({ url })).toThrow(
        expect.toSatisfy(
          (error) =>
            isAbstractRuntimeError(error, "invalid_argument") && !error.message.includes(token),
        ),
      );
    },
  );
});

describe("witnessHandler", () => {
  async function ask(init: RequestInit, query = ""): Promise<number> {
    const { url } = await world();
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(url + query, { headers, ...init })).status;
  }

  it.each([
    ["what is no JSON", "nonsense"],
    ["what is no head", "{}"],
    ["a hash that is none", JSON.stringify({ run_id: "r", seq: 1, head_hash: "ab" })],
  ])("refuses %s", async (_, body) => {
    expect(await ask({ method: "POST", body })).toBe(400);
  });

  it("refuses what is too large, other methods, and a question without a run", async () => {
    expect(await ask({ method: "POST", body: "x".repeat(20_000) })).toBe(413);
    expect(await ask({ method: "DELETE" })).toBe(405);
    expect(await ask({ method: "GET" })).toBe(400);
    expect(await ask({ method: "GET" }, "?run_id=r")).toBe(200);
  });

  it("is not made without a token", () => {
    expect(() => witnessHandler(new MemoryWitness(), { token: "" })).toThrow(/token/);
  });
});

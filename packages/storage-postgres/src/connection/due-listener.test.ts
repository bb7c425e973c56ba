import {
  newEvent,
  newLease,
  newRun,
  nextChange,
  waiting,
} from "@abstractruntime/testkit/conformance";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, startDatabase, type TestDatabase } from "../../test/database.ts";
import { PostgresStore } from "../index.ts";

let database: TestDatabase;
let store: PostgresStore;
/** As if in another process. */
let writer: PostgresStore;

beforeAll(async () => {
  database = await startDatabase();
  store = await PostgresStore.open({ connectionString: database.url });
  writer = await PostgresStore.open({ connectionString: database.url });
});
afterAll(async () => {
  await store.close();
  await writer.close();
  await database.stop();
});

/** A listener that says when it is called the next time. */
class Ear {
  #heard = Promise.withResolvers<"heard">();
  readonly listen = (): void => {
    this.#heard.resolve("heard");
    this.#heard = Promise.withResolvers();
  };

  next(): Promise<"heard"> {
    return this.#heard.promise;
  }
}

const due = (): string => new Date(0).toISOString();

/** Ends every connection that listens. @returns how many there were */
async function cutListeners(): Promise<number> {
  const rows = await ask(
    database.url,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and query ilike 'listen%'`,
  );
  return rows.length;
}

/** The server takes a moment to notice that a connection was closed. */
async function noneListens(): Promise<boolean> {
  const count = `select count(*)::integer as left from pg_stat_activity
    where datname = current_database() and query ilike 'listen%'`;
  for (;;) {
    const [row] = await ask<{ left: number }>(database.url, count);
    if (row?.left === 0) return true;
  }
}

describe("onDue", () => {
  it("is called when it begins to listen, since runs may be due already", async () => {
    const ear = new Ear();
    const heard = ear.next();
    const stop = store.onDue(ear.listen);
    expect(await heard).toBe("heard");
    stop();
  });

  it("hears of runs that become due for somebody else", async () => {
    const ear = new Ear();
    const begun = ear.next();
    const stop = store.onDue(ear.listen);
    await begun;
    const waits = (await writer.create(newRun({ records: [waiting()] }))).stored;
    const held = (await writer.create(newRun({ lease: newLease() }))).stored;
    const causes: readonly (readonly [string, () => Promise<unknown>])[] = [
      ["a new run", () => writer.create(newRun({ wakeAt: due() }))],
      ["a delivery", () => writer.deliver(waits.run.runId, newEvent())],
      ["a child", () => writer.commit(nextChange(held, { children: [newRun({ wakeAt: due() })] }))],
    ];
    for (const [, cause] of causes) {
      const heard = ear.next();
      await cause();
      expect(await heard).toBe("heard");
    }
    stop();
  });

  it("hears of what was given back to be done now", async () => {
    const ear = new Ear();
    const begun = ear.next();
    const stop = store.onDue(ear.listen);
    await begun;
    const { run, head } = (await writer.create(newRun({ lease: newLease() }))).stored;
    const heard = ear.next();
    const back = { runId: run.runId, leaseId: head.leaseId ?? "", inboxSeq: 0, wakeAt: due() };
    await writer.giveBack(back);
    expect(await heard).toBe("heard");
    const other = (await writer.create(newRun({ lease: newLease() }))).stored;
    const again = ear.next();
    await writer.commit(nextChange(other, { wakeAt: due() }));
    expect(await again).toBe("heard");
    stop();
  });

  it("listens again after its connection was lost, again and again", async () => {
    const ear = new Ear();
    const begun = ear.next();
    const stop = store.onDue(ear.listen);
    await begun;
    for (let loss = 0; loss < 3; loss += 1) {
      const back = ear.next();
      expect(await cutListeners()).toBe(1);
      await back;
      const heard = ear.next();
      await writer.create(newRun({ wakeAt: due() }));
      expect(await heard).toBe("heard");
    }
    stop();
  });

  it("hears of what its own process lets go for later, which nobody else tells", async () => {
    const ear = new Ear();
    const begun = ear.next();
    const stop = store.onDue(ear.listen);
    await begun;
    const wakeAt = new Date(Date.now() + 3_600_000).toISOString();
    const created = ear.next();
    const { run, head } = (await store.create(newRun({ wakeAt }))).stored;
    expect(await created).toBe("heard");
    const committed = ear.next();
    await store.commit(nextChange({ run, head }, { wakeAt }));
    expect(await committed).toBe("heard");
    const held = (await store.create(newRun({ lease: newLease() }))).stored;
    const back = { runId: held.run.runId, leaseId: held.head.leaseId ?? "", inboxSeq: 0 };
    const givenBack = ear.next();
    await store.giveBack({ ...back, wakeAt });
    expect(await givenBack).toBe("heard");
    stop();
  });

  it("keeps no connection of the pool when it can't listen", async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    pool.on("error", () => {});
    let failures = 0;
    pool.on("connect", (client) => {
      const query = client.query.bind(client);
      const deaf = (...args: Parameters<typeof query>): unknown => {
        if (!args[0].startsWith("listen") || failures === 3) return query(...args);
        failures += 1;
        return Promise.reject(new Error("deaf"));
      };
      Object.assign(client, { query: deaf });
    });
    const other = await PostgresStore.open({ pool });
    const ear = new Ear();
    const begun = ear.next();
    const stop = other.onDue(ear.listen);
    await begun;
    expect(failures).toBe(3);
    stop();
    expect(pool.totalCount - pool.idleCount).toBe(0);
    await other.close();
    await pool.end();
  });

  it("lets its connection go when nobody listens any more, and when the store closes", async () => {
    const other = await PostgresStore.open({ connectionString: database.url });
    const ears = [new Ear(), new Ear()];
    const begun = ears.map((ear) => ear.next());
    const stops = ears.map((ear) => other.onDue(ear.listen));
    await Promise.all(begun);
    for (const stop of stops) stop();
    expect(await noneListens()).toBe(true);
    const ear = new Ear();
    const heard = ear.next();
    other.onDue(ear.listen);
    expect(await heard).toBe("heard");
    await other.close();
    expect(await noneListens()).toBe(true);
  });
});

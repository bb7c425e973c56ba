import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAbstractRuntimeError } from "@abstractruntime/core/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKeyFile, objectionTo, openKeyFile } from "./key-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keys-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const path = () => join(folder, "agent.pem");

describe("a key file", () => {
  it("is made for its owner alone, and signs as the key that was made", async () => {
    const made = await createKeyFile(path(), { keyId: "k1", actorId: "ar_1" });
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    const opened = await openKeyFile(path(), { keyId: "k1", actorId: "ar_1" });
    expect(JSON.stringify(opened)).toBe(JSON.stringify(made));
    const bytes = new TextEncoder().encode("hello");
    expect(opened.sign(bytes)).toEqual(made.sign(bytes));
  });

  it("is never written over", async () => {
    await createKeyFile(path());
    const before = await readFile(path(), "utf8");
    await expect(createKeyFile(path())).rejects.toThrow(/EEXIST/);
    expect(await readFile(path(), "utf8")).toBe(before);
  });

  it("can be encrypted", async () => {
    const made = await createKeyFile(path(), { passphrase: "open sesame" });
    expect(await readFile(path(), "utf8")).toContain("ENCRYPTED");
    await expect(openKeyFile(path())).rejects.toThrow(/passphrase/);
    const opened = await openKeyFile(path(), { passphrase: "open sesame" });
    expect(opened.publicKey).toBe(made.publicKey);
  });

  it.each([0o644, 0o640, 0o604, 0o660, 0o620, 0o602, 0o610])(
    "is refused with mode %o, which lets others in",
    async (mode) => {
      await createKeyFile(path());
      await chmod(path(), mode);
      const error = await openKeyFile(path()).catch((thrown: unknown) => thrown);
      expect(isAbstractRuntimeError(error, "invalid_key")).toBe(true);
      expect(String(error)).toContain(path());
      expect(String(error)).toContain(`mode 0${mode.toString(8)}`);
      expect(String(error)).toContain("chmod 600");
    },
  );

  it.each([0o600, 0o400])("is accepted with mode %o", async (mode) => {
    await createKeyFile(path());
    await chmod(path(), mode);
    await expect(openKeyFile(path())).resolves.toBeDefined();
  });

  it("is refused when it holds something else, and the message quotes nothing of it", async () => {
    await writeFile(path(), "password = hunter2", { mode: 0o600 });
    const error = await openKeyFile(path()).catch((thrown: unknown) => thrown);
    expect(isAbstractRuntimeError(error, "invalid_key")).toBe(true);
    expect(String(error)).toContain(path());
    expect(String(error)).not.toContain("hunter2");
  });

  it("is refused when it is missing or a folder", async () => {
    await expect(openKeyFile(path())).rejects.toThrow(/ENOENT/);
    await chmod(folder, 0o700);
    await expect(openKeyFile(folder)).rejects.toThrow(/not a file/);
  });
});

describe("who may read a key file", () => {
  const file = (mode: number, uid: number) => ({ isFile: () => true, mode, uid });

  it("is not for other users to own", () => {
    expect(objectionTo(file(0o600, 1001), 1000)).toContain("another user");
    expect(objectionTo(file(0o600, 1000), 1000)).toBeNull();
    expect(objectionTo(file(0o600, 0), 1000)).toBeNull();
  });

  it("can't be told where there are no user ids, as on Windows", () => {
    expect(objectionTo(file(0o666, 0), undefined)).toBe("unchecked");
  });
});

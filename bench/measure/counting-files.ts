import { writeSync } from "node:fs";
import * as fs from "node:fs/promises";
import type { FileSystem } from "@abstractruntime/storage-fs";

/** Node's file system, and how many bytes were written through it. */
export interface CountingFiles {
  readonly fs: FileSystem;
  bytes: number;
}

/** Counts every byte that goes into any file: ledgers, checkpoints, whatever else. */
export function countingFiles(): CountingFiles {
  const counted: CountingFiles = { fs: { ...fs, open, writeSync: writeCounted }, bytes: 0 };
  function writeCounted(handle: fs.FileHandle, bytes: Uint8Array): number {
    const written = writeSync(handle.fd, bytes);
    counted.bytes += written;
    return written;
  }
  async function open(...given: Parameters<typeof fs.open>): Promise<fs.FileHandle> {
    const handle = await fs.open(...given);
    const { write, writeFile } = handle;
    return Object.assign(handle, {
      write: async (...args: Parameters<typeof write>) => {
        const written = await write.apply(handle, args);
        counted.bytes += written.bytesWritten;
        return written;
      },
      writeFile: async (...args: Parameters<typeof writeFile>) => {
        await writeFile.apply(handle, args);
        counted.bytes += sizeOf(args[0]);
      },
    });
  }
  return counted;
}

function sizeOf(content: unknown): number {
  if (typeof content === "string") return Buffer.byteLength(content);
  if (ArrayBuffer.isView(content)) return content.byteLength;
  throw new Error("only texts and buffers are counted");
}

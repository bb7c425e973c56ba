import { getSystemErrorMessage } from "node:util";

/** Why a system call failed, without the path that its own message has. @throws any other error */
export function systemReason(error: unknown): string {
  if (error instanceof Error && "errno" in error && typeof error.errno === "number")
    return getSystemErrorMessage(error.errno);
  throw error;
}

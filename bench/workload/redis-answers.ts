import { once } from "node:events";
import { connect } from "node:net";

/** The Redis that is measured: that of `REDIS_URL`, else the usual one. */
export const redisUrl: string = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379";

export async function redisAnswers(): Promise<boolean> {
  const { hostname, port } = new URL(redisUrl);
  const socket = connect({ host: hostname, port: Number(port || 6379) });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

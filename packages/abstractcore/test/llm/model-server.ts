import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Answers one request; called anew for each. */
export type Answer = (response: ServerResponse, request: SeenRequest) => void | Promise<void>;

/** A server that answers as each test says, for what a mock of models can't do. */
export class ModelServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly #server: Server;
  #answers: readonly Answer[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(...answers: readonly Answer[]): Promise<ModelServer> {
    const server = createServer();
    const model = new ModelServer(server);
    model.#answers = answers;
    server.on("request", (request, response) => {
      const pieces: Buffer[] = [];
      request.on("data", (piece: Buffer) => pieces.push(piece));
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        const seen = { method, url, headers, text: Buffer.concat(pieces).toString() };
        model.requests.push(seen);
        void model.#next()(response, seen);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The body of a request, the last by default. */
  body(index = -1): unknown {
    return JSON.parse(this.requests.at(index)?.text ?? "null");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The answers in turn, and then the last one for ever. */
  #next(): Answer {
    const answer = this.#answers[Math.min(this.requests.length, this.#answers.length) - 1];
    return answer ?? ((response) => void response.writeHead(500).end());
  }
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

export function text(body: string, status = 200, headers: Record<string, string> = {}): Answer {
  return (response) => void response.writeHead(status, headers).end(body);
}

export interface Said {
  readonly model?: string;
  readonly usage?: object;
  readonly tool_calls?: readonly object[];
}

/** A completion that says this. */
export function says(
  content: string | null,
  { model = "mock", usage, tool_calls }: Said = {},
): Answer {
  return json(
    completion(content, { model, ...(usage && { usage }), ...(tool_calls && { tool_calls }) }),
  );
}

export function completion(
  content: string | null,
  { model = "mock", usage, tool_calls }: Said = {},
): object {
  const message = { role: "assistant", content, ...(tool_calls && { tool_calls }) };
  const finish_reason = tool_calls ? "tool_calls" : "stop";
  return {
    id: "x",
    model,
    choices: [{ index: 0, message, finish_reason }],
    ...(usage && { usage }),
  };
}

/** A stream of these events; texts are sent as they are. */
export function events(...data: readonly (object | string)[]): Answer {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(data.map((event) => frame(event)).join(""));
  };
}

export function frame(event: object | string): string {
  return `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`;
}

/** A chunk of a stream. */
export function chunk(delta: object, finish_reason: string | null = null): object {
  return { id: "x", model: "mock", choices: [{ index: 0, delta, finish_reason }] };
}

import { LLMock } from "@copilotkit/aimock";
import type { Endpoint } from "./endpoint.ts";

const call = (name: string, args: object) => ({
  toolCalls: [{ name, arguments: JSON.stringify(args) }],
});

/** What the mock says, by the number of tools' results that it is shown. */
const script = [
  call("list_files", {}),
  call("read_file", { path: "monday.txt" }),
  call("read_file", { path: "tuesday.txt" }),
  call("write_file", { path: "report.md", text: "12 on Monday, 9 on Tuesday: 21 lamps.\n" }),
  { content: "21 lamps were sold. It is all in report.md." },
];

/** A mock of models in this process. */
export async function startMock(): Promise<Endpoint & AsyncDisposable> {
  const mock = new LLMock({ port: 0, logLevel: "silent" });
  mock.on({ predicate: () => true }, ({ messages }) => {
    const results = messages.filter(({ role }) => role === "tool").length;
    return script[results] ?? { content: "There is nothing left to do." };
  });
  await mock.start();
  const close = (): Promise<void> => mock.stop();
  return { baseUrl: mock.url, model: "mock", apiKey: undefined, [Symbol.asyncDispose]: close };
}

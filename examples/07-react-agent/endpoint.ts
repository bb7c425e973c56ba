import { LLMock } from "@copilotkit/aimock";

/** Where the models are. */
export interface Endpoint extends AsyncDisposable {
  readonly baseUrl: string;
  readonly model: string;
}

/** A real endpoint if the environment names one, else a mock of models in this process. */
export async function openEndpoint(): Promise<Endpoint> {
  const { ABSTRACTCORE_BASE_URL, OPENAI_API_KEY, LLM_MODEL } = process.env;
  const baseUrl = ABSTRACTCORE_BASE_URL || (OPENAI_API_KEY && "https://api.openai.com");
  if (!baseUrl) return mockEndpoint();
  return { baseUrl, model: LLM_MODEL || "gpt-4o-mini", [Symbol.asyncDispose]: async () => {} };
}

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

async function mockEndpoint(): Promise<Endpoint> {
  const mock = new LLMock({ port: 0, logLevel: "silent" });
  mock.on({ predicate: () => true }, ({ messages }) => {
    const results = messages.filter(({ role }) => role === "tool").length;
    return script[results] ?? { content: "There is nothing left to do." };
  });
  await mock.start();
  return { baseUrl: mock.url, model: "mock", [Symbol.asyncDispose]: () => mock.stop() };
}

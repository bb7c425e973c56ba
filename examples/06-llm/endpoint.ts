import { LLMock } from "@copilotkit/aimock";

/** Where the models are. */
export interface Endpoint extends AsyncDisposable {
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly model: string;
}

/** A real endpoint if the environment names one, else a mock of models in this process. */
export async function openEndpoint(): Promise<Endpoint> {
  const { ABSTRACTCORE_BASE_URL, OPENAI_API_KEY: apiKey, LLM_MODEL } = process.env;
  const baseUrl = ABSTRACTCORE_BASE_URL || (apiKey && "https://api.openai.com");
  if (!baseUrl) return mockEndpoint();
  const model = LLM_MODEL || "gpt-4o-mini";
  return { baseUrl, apiKey, model, [Symbol.asyncDispose]: async () => {} };
}

async function mockEndpoint(): Promise<Endpoint> {
  const mock = new LLMock({ port: 0, logLevel: "silent" });
  const tooFast = { error: { message: "Slow down" }, status: 429, retryAfter: 1 };
  const wrong = { content: '{"topic": "delivery", "urgency": "high"}', usage: tokens(90, 12) };
  const right = { content: '{"topic": "delivery", "urgency": 4}', usage: tokens(140, 11) };
  mock.on({ userMessage: "lamp", sequenceIndex: 0 }, tooFast);
  mock.on({ userMessage: "urgency" }, right);
  mock.on({ userMessage: "Reply" }, { content: REPLY, usage: tokens(60, 18) }, { chunkSize: 24 });
  mock.on({ userMessage: "lamp" }, wrong);
  await mock.start();
  const close = (): Promise<void> => mock.stop();
  return { baseUrl: mock.url, apiKey: undefined, model: "mock", [Symbol.asyncDispose]: close };
}

const REPLY = "We are sorry about your lamp. A new one leaves our house today.";

function tokens(prompt_tokens: number, completion_tokens: number) {
  return { prompt_tokens, completion_tokens };
}

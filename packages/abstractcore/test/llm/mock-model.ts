import { LLMock } from "@copilotkit/aimock";

/** A mock of models that nobody here wrote, over HTTP. */
export async function startMock(): Promise<LLMock & AsyncDisposable> {
  const mock = new LLMock({ port: 0, logLevel: "silent" });
  await mock.start();
  return Object.assign(mock, { [Symbol.asyncDispose]: () => mock.stop() });
}

/** Where the models are. */
export interface Endpoint {
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey: string | undefined;
}

/** The endpoint that the environment names, if it names one. */
export function endpointOf(env: NodeJS.ProcessEnv): Endpoint | null {
  const { ABSTRACTCORE_BASE_URL, OPENAI_API_KEY: apiKey, LLM_MODEL } = env;
  const baseUrl = ABSTRACTCORE_BASE_URL || (apiKey && "https://api.openai.com");
  return baseUrl ? { baseUrl, model: LLM_MODEL || "gpt-4o-mini", apiKey } : null;
}

/** What every model of the AI SDK has, so that our types need none of its own. */
export interface LanguageModelLike {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
  doGenerate(options: never): unknown;
  doStream(options: never): unknown;
}

export function isLanguageModel(value: unknown): value is LanguageModelLike {
  return typeof value === "object" && value !== null && "doGenerate" in value && "modelId" in value;
}

import { AbstractRuntimeError } from "@abstractruntime/core";

/**
 * Where chat completions are asked for. `/v1` is added unless the address ends in it.
 *
 * @throws invalid_argument
 */
export function completionsUrl(baseUrl: string): string {
  if (!URL.canParse(baseUrl)) throw invalid("give an address such as http://localhost:8000");
  const { protocol, username, password, search, hash } = new URL(baseUrl);
  if (protocol !== "http:" && protocol !== "https:") throw invalid("only http and https are known");
  if (username !== "" || password !== "")
    throw invalid("an address holds no password: give it as apiKey or in headers");
  if (search !== "" || hash !== "") throw invalid("an address has no query here");
  const base = baseUrl.replace(/\/+$/, "").replace(/\/v1$/, "");
  return `${base}/v1/chat/completions`;
}

function invalid(problem: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", `baseUrl: ${problem}`);
}

import type { Secret } from "./secrets.ts";

const keys: readonly string[] = [
  "access_key",
  "access_token",
  "api_key",
  "auth_token",
  "authorization",
  "bearer_token",
  "client_secret",
  "connection_string",
  "cookie",
  "credentials",
  "id_token",
  "passphrase",
  "passwd",
  "password",
  "private_key",
  "proxy_authorization",
  "pwd",
  "refresh_token",
  "secret",
  "secret_access_key",
  "secret_key",
  "session_token",
  "set_cookie",
  "token",
  "x_api_key",
];

const assigned = String.raw`password|passwd|api[_-]?key|access[_-]?token|refresh[_-]?token|client[_-]?secret`;

const patterns: readonly RegExp[] = [
  // RFC 6750, in a header that became a text.
  /(?<=\bBearer\s+)[A-Za-z0-9._~+/-]{20,}=*/i,
  // RFC 7468.
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/,
  // RFC 7519: both parts are JSON objects.
  /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/,
  // RFC 3986: a password before the host.
  /(?<=\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s/@]+(?=@)/i,
  // In a query, and in JSON that is a text, such as a tool's arguments.
  new RegExp(String.raw`(?<=\b(?:${assigned})=)[^\s"'\\,;&]+`, "i"),
  new RegExp(String.raw`(?<=(?:${assigned})\\?"\s*:\s*\\?")[^"\\]+`, "i"),
  // Amazon Web Services, Anthropic and OpenAI, GitHub, GitLab, Google, Hugging Face, npm, Slack, Stripe.
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\bsk-[A-Za-z0-9_-]{20,}/,
  /\b(?:gh[opsur]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})/,
  /\bglpat-[A-Za-z0-9_-]{20,}/,
  /\bAIza[A-Za-z0-9_-]{35}/,
  /\bhf_[A-Za-z0-9]{30,}/,
  /\bnpm_[A-Za-z0-9]{36}/,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/,
  /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}/,
];

/** Names of keys that hold secrets, and shapes that secrets have: the default of `redact`. */
export const commonSecrets: readonly Secret[] = [...keys, ...patterns];

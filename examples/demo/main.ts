// The demo: `pnpm demo [folder]`. See README.md beside this file.
import { agentDemo } from "./agent/agent-demo.ts";
import { endpointOf } from "../07-react-agent/endpoint.ts";
import { demo } from "./demo.ts";
import { help, parseOptions, UsageError } from "./options.ts";

try {
  // pnpm runs scripts in the root of the repository, and says where it was called.
  const workingFolder = process.env["INIT_CWD"] ?? process.cwd();
  const options = parseOptions(process.argv.slice(2), workingFolder);
  if (options === null) process.stdout.write(help);
  else {
    // With a model at hand, an agent does the review.
    const isAsPromised = await (endpointOf(process.env) === null ? demo : agentDemo)(options);
    if (!isAsPromised) process.exitCode = 1;
  }
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`demo: ${message}`);
  if (error instanceof UsageError) console.error("`pnpm demo --help` says how to use it.");
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

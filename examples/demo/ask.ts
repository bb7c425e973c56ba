import { createInterface } from "node:readline/promises";

const answers = ["yes", "no"];

/**
 * Ask the person at the terminal, until the answer is yes or no. The end of the input (Ctrl-D) is a no.
 *
 * @throws Error the person interrupts (Ctrl-C)
 */
export async function ask(prompt: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new AbortController();
  let isInterrupted = false;
  terminal.once("close", () => ended.abort());
  terminal.once("SIGINT", () => {
    isInterrupted = true;
    terminal.close();
  });
  try {
    for (;;) {
      const said = await terminal.question(`${prompt} (yes/no) `, { signal: ended.signal });
      const answer = answers.find((known) => known.startsWith(said.trim().toLowerCase() || "?"));
      if (answer !== undefined) return answer;
    }
  } catch (error) {
    if (isInterrupted) throw new Error("interrupted; the run goes on waiting", { cause: error });
    if (!ended.signal.aborted) throw error;
    return "no";
  } finally {
    terminal.close();
  }
}

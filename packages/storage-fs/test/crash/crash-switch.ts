/**
 * Kills this process, for real, at the n-th pass of a named point.
 *
 * @param crashAt `name:n` for each armed point, joined by commas; names have colons themselves
 */
export function crashSwitch(crashAt: string): (name: string) => void {
  const left = new Map<string, number>();
  for (const armed of crashAt.split(",").filter((text) => text !== "")) {
    const colon = armed.lastIndexOf(":");
    left.set(armed.slice(0, colon), Number(armed.slice(colon + 1)));
  }
  return (name) => {
    const passes = (left.get(name) ?? Infinity) - 1;
    left.set(name, passes);
    // The signal is delivered before the call returns: nothing after it runs.
    if (passes === 0) process.kill(process.pid, "SIGKILL");
  };
}

import { isAbstractRuntimeError } from "@abstractruntime/core/store";
import { FileStore } from "../src/index.ts";

/** Opens the folder that it is told, says how that went, and holds it until it is killed or its input ends. */
const [dir = ""] = process.argv.slice(2);
process.stdin.once("data", async () => {
  try {
    const store = await FileStore.open(dir);
    process.stdout.write("opened\n");
    process.stdin.once("end", async () => {
      await store.close();
      process.exit(0);
    });
  } catch (error) {
    process.stdout.write(`${isAbstractRuntimeError(error) ? error.code : String(error)}\n`);
    process.exit(0);
  }
});
process.stdout.write("ready\n");

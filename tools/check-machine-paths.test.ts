import { describe, expect, it } from "vitest";
import { findMachinePath } from "./check-machine-paths.ts";

// Put together here, so that this file does not name what it looks for.
const path = (...parts: string[]): string => `/${parts.join("/")}`;

describe("findMachinePath", () => {
  it.each([
    ["a home folder", path("home", "ada", "notes.md"), path("home", "ada")],
    ["a home folder on macOS", path("Users", "Ada", "notes.md"), path("Users", "Ada")],
    ["the home of root", path("root", ".npmrc"), path("root")],
    ["the home of root alone", `cd ${path("root")}`, path("root")],
    ["a checkout", `"${path("work", "main")}"`, path("work")],
    ["a file URL", `file://${path("home", "ada")}`, path("home", "ada")],
  ])("finds %s", (_title, text, found) => {
    expect(findMachinePath(`first line\nsee ${text}`)).toEqual({ path: found, line: 2 });
  });

  it.each([
    "./root/notes.md",
    "docs/root/",
    "/workflows/demo",
    "/roots",
    "/homepage",
    "https://example.org/a/work-flow",
  ])("leaves %s alone", (text) => {
    expect(findMachinePath(text)).toBeUndefined();
  });
});

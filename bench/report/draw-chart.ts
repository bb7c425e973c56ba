import { type Panel, render } from "./peers-view.ts";

const width = 880;
const labels = 190;
const values = 130;
const bar = 20;
const gap = 6;
const heading = 34;

/** Engines, and what no engine at all can do. */
const colours = { ours: "#0b7a53", peer: "#7b8ba1", limit: "#c7cfda" };

/** Bars of every panel on a scale of its own, as one SVG image. */
export function drawChart(title: string, panels: readonly Panel[]): string {
  let y = 48;
  const drawn = panels.map((panel) => {
    const part = drawPanel(panel, y);
    y += heading + panel.bars.length * (bar + gap) + 14;
    return part;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-label="${escape(title)}" font-family="system-ui, sans-serif" font-size="13" fill="#1d2733">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="20" y="30" font-size="17" font-weight="600">${escape(title)}</text>
${drawn.join("\n")}
</svg>
`;
}

function drawPanel({ title, unit, isLessBetter, bars }: Panel, top: number): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const room = width - labels - values - 20;
  const lines = bars.map(({ name, value }, index) => {
    const y = top + heading + index * (bar + gap);
    const length = Math.max(1, (value / most) * room);
    return [
      `<text x="${labels - 8}" y="${y + 15}" text-anchor="end">${escape(name)}</text>`,
      `<rect x="${labels}" y="${y}" width="${length.toFixed(1)}" height="${bar}" rx="2" fill="${colourOf(name)}"/>`,
      `<text x="${(labels + length + 8).toFixed(1)}" y="${y + 15}">${escape(render({ value, unit }))}</text>`,
    ].join("\n");
  });
  const better = isLessBetter ? "less is better" : "more is better";
  return [
    `<text x="20" y="${top + 22}" font-weight="600">${escape(title)} <tspan font-weight="400" fill="#5b6878">(${better})</tspan></text>`,
    ...lines,
  ].join("\n");
}

function colourOf(name: string): string {
  if (name === "AbstractRuntime") return colours.ours;
  return /^[A-Z]|^pg-boss/.test(name) ? colours.peer : colours.limit;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

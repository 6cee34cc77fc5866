// Stacked areas of colors over time, as SVG; a word stands beside each color elsewhere on the card.
const NS = "http://www.w3.org/2000/svg";
const FILL = { green: "#15803d", yellow: "#d69e00", red: "#b91c1c", pending: "#94a3b8" };
export const COLORS = ["green", "yellow", "red", "pending"];
const WIDTH = 400, HEIGHT = 96;

/** Draw `series`, [{at, green, yellow, red, pending}] in order of time, into an svg element. */
export function draw(svg, series, label) {
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  svg.replaceChildren();
  if (series.length < 2) return;
  const total = Math.max(...series.map((point) => COLORS.reduce((sum, color) => sum + (point[color] ?? 0), 0)), 1);
  const start = series[0].at, span = Math.max(series.at(-1).at - start, 1);
  const x = (point) => ((point.at - start) / span) * WIDTH;
  let below = series.map(() => 0);
  for (const color of COLORS) {
    const above = series.map((point, index) => below[index] + (point[color] ?? 0));
    const y = (value) => HEIGHT - (value / total) * HEIGHT;
    const top = series.map((point, index) => `${x(point).toFixed(1)},${y(above[index]).toFixed(1)}`);
    const bottom = series.map((point, index) => `${x(point).toFixed(1)},${y(below[index]).toFixed(1)}`).reverse();
    const area = document.createElementNS(NS, "polygon");
    area.setAttribute("points", [...top, ...bottom].join(" "));
    area.setAttribute("fill", FILL[color]);
    svg.append(area);
    below = above;
  }
}

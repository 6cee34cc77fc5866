// The hub in the middle and the regions around it: how each recognises, what flows, and a guest who is recolored.
const NS = "http://www.w3.org/2000/svg";
const WIDTH = 560, HEIGHT = 300, HUB = { x: WIDTH / 2, y: HEIGHT / 2 };
const FILL = { green: "#15803d", yellow: "#d69e00", red: "#b91c1c", pending: "#94a3b8", grey: "#94a3b8", cancelled: "#94a3b8" };
const FLIGHT_MS = 1600, MOST_FLIGHTS = 12;
const still = matchMedia("(prefers-reduced-motion: reduce)");

function svg(name, attributes, ...children) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Each region's place: the first on the left above, then round. */
function places(codes) {
  const [left, right, above, below] = [92, WIDTH - 92, 52, HEIGHT - 52];
  const corners = [{ x: left, y: above }, { x: right, y: above }, { x: left, y: below }, { x: right, y: below }];
  return new Map(codes.map((code, index) => [code, corners[index]]));
}

function between(from, to, part) {
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

function label(at, value, name, size = 12) {
  return svg("text", { x: at.x, y: at.y, class: name, "font-size": size, "text-anchor": "middle" }, value);
}

/** A bar of the guests here by color; words stand in the table beside. */
function bar(at, colors) {
  const whole = Object.values(colors).reduce((sum, count) => sum + count, 0);
  let x = at.x - 50;
  return Object.entries(colors).filter(([, count]) => count > 0).map(([color, count]) => {
    const width = (100 * count) / whole;
    const piece = svg("rect", { x, y: at.y + 12, width, height: 7, fill: FILL[color] });
    x += width;
    return piece;
  });
}

export class Network {
  #root;
  #codes;
  #lines = svg("g", {});
  #nodes = svg("g", {});
  #flights = svg("g", {});
  #shown = -1;

  /** Draws into an svg element; `codes` in the order of the corners, the last of them being four at most. */
  constructor(root, codes) {
    this.#root = root;
    this.#codes = codes;
    root.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    root.setAttribute("role", "img");
    root.append(this.#lines, this.#flights, this.#nodes);
  }

  /** `words`: what is said of each region, `{name, way, sent, told}`, and of the hub; `guests`: their colors by region. */
  show(words, guests, summary) {
    this.#root.setAttribute("aria-label", summary);
    const at = places(this.#codes);
    this.#lines.replaceChildren(...this.#codes.flatMap((code) => {
      const place = at.get(code), { sent, told, way } = words[code];
      const beside = place.y < HUB.y ? -8 : 18;
      const middle = between(place, HUB, 0.55);
      return [
        svg("line", { x1: place.x, y1: place.y, x2: HUB.x, y2: HUB.y, class: `link ${way}` }),
        label({ x: middle.x, y: middle.y + beside }, `→ ${sent}   ← ${told}`, "count", 11),
      ];
    }));
    this.#nodes.replaceChildren(
      svg("rect", { x: HUB.x - 46, y: HUB.y - 22, width: 92, height: 44, rx: 8, class: "hub" }),
      label({ x: HUB.x, y: HUB.y + 5 }, words.hub, "inverse", 13),
      ...this.#codes.flatMap((code) => {
        const place = at.get(code);
        return [
          svg("rect", { x: place.x - 84, y: place.y - 26, width: 168, height: 52, rx: 8, class: "node" }),
          label({ x: place.x, y: place.y - 9 }, words[code].name, "name", 13),
          label({ x: place.x, y: place.y + 7 }, words[code].how, "how", 10.5),
          ...bar(place, guests[code] ?? {}),
        ];
      }));
  }

  /** A dot for each guest who was recolored since the last call, from home through the hub to where they are. */
  fly(changes) {
    const fresh = changes.filter((change) => change.n > this.#shown && change.color !== change.previous);
    const isFirst = this.#shown < 0;
    this.#shown = Math.max(this.#shown, ...changes.map((change) => change.n));
    if (isFirst || still.matches) return;
    for (const change of fresh.slice(-MOST_FLIGHTS)) this.#dot(change);
  }

  #dot({ origin, region, color }) {
    const at = places(this.#codes), from = at.get(origin), to = at.get(region);
    if (!from || !to || this.#flights.childElementCount >= MOST_FLIGHTS) return;
    const dot = svg("circle", { r: 7, fill: FILL[color], class: "flight" });
    this.#flights.append(dot);
    const step = ({ x, y }) => ({ transform: `translate(${x}px, ${y}px)` });
    dot.animate([step(from), step(HUB), step(to)], { duration: FLIGHT_MS, easing: "ease-in-out" })
      .finished.finally(() => dot.remove());
  }
}

// The live page: an event stream in, pictures out. Everything from outside goes in as text, never as markup, but the QR,
// which is our own issuer's SVG and is parsed as an image document.
import { COLORS, draw } from "./chart.js";
import { texts } from "./texts.js";

let language = navigator.language.startsWith("zh") ? "zh" : "en";
let last = null;
const byId = (id) => document.getElementById(id);
const text = (key) => texts[language][key] ?? key;
const number = (value) => new Intl.NumberFormat(language).format(value ?? 0);
const ZONE = "Asia/Shanghai";
const date = (value, options) => new Intl.DateTimeFormat(language, { timeZone: ZONE, ...options }).format(new Date(value));
const day = (value) => date(value, { dateStyle: "medium" });
const moment = (value) => date(value, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function say() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  byId("language").textContent = text("other");
  byId("language").lang = language === "zh" ? "en" : "zh";
  byId("legend").replaceChildren(...COLORS.map((color) => make("span", { className: color }, text(color))));
}

function regionCard(code, region) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const counts = COLORS.map((color) => `${text(color)} ${number(region.colors[color])}`);
  const name = region.name[language];
  draw(picture, region.series, `${name}: ${counts.join(", ")}`);
  const guests = Object.entries(region.guests).map(([color, count]) => `${text(color)} ${number(count)}`).join(" · ");
  return make("article", { className: "region" },
    make("h3", {}, name, make("small", {}, region.adopts ? text("adopted") : `${number(region.declared)} ${text("declared")}`)),
    region.adopts ? null : picture,
    region.adopts ? null : make("ul", { className: "counts" },
      ...COLORS.map((color, index) => make("li", { className: color }, counts[index]))),
    make("p", { className: "guests" }, `${text("guests")}: ${guests || text("none")}`));
}

function change(item) {
  const badge = (color) => make("span", { className: `badge ${color}` }, text(color));
  return make("li", {},
    make("time", { dateTime: item.at }, moment(item.at)),
    make("span", {}, `${item.region[language]} · ${item.who} `, badge(item.previous), " → ", badge(item.color)),
    make("small", {}, item.rule),
    make("span", {}, item.reason[language]));
}

function mineCard(mine) {
  const { code } = mine;
  const line = (key, value) => (value ? make("span", {}, `${text(key)}: ${value}`) : null);
  const qr = make("div", { className: "qr" });
  if (mine.svg) qr.append(new DOMParser().parseFromString(mine.svg, "image/svg+xml").documentElement);
  const card = make("div", { className: `code ${code.color}` }, qr,
    make("strong", {}, text(code.color)),
    make("span", {}, code.act[language]),
    line("why", code.reason[language]),
    line("source", code.source),
    line("until", code.until ? moment(code.until) : ""),
    line("out", code.out[language]));
  const abroad = make("ul", { className: "abroad" }, ...mine.guests.map((guest) =>
    make("li", { className: guest.color },
      `${guest.region[language]} · ${text("abroad")} `, make("b", {}, text(guest.color)), ` (${moment(guest.at)})`)));
  return [card, abroad];
}

function flowTable(state) {
  const columns = Object.keys(state.regions);
  const head = make("tr", {}, make("th", {}, text("topic")),
    ...columns.map((code) => make("th", {}, state.regions[code].name[language])));
  const rows = Object.entries(state.topics).map(([topic, counts]) => make("tr", {}, make("td", {}, topic),
    ...columns.map((code) => make("td", {}, counts[code] === undefined ? "" : number(counts[code])))));
  const { p50, p99 } = state.latency;
  const lag = p50 === null ? "" : `${text("latency")}: p50 ${number(Math.round(p50))} ms · p99 ${number(Math.round(p99))} ms`;
  return [make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)), make("p", { className: "lag" }, lag)];
}

function show(state) {
  last = state;
  byId("day").textContent = state.clock ? `${day(state.clock)} ${date(state.clock, { timeStyle: "short" })}` : "…";
  byId("phase").textContent = state.phase?.[language] ?? "";
  byId("regions").replaceChildren(...Object.entries(state.regions).map(([code, region]) => regionCard(code, region)));
  byId("changes").replaceChildren(...(state.changes.length ? state.changes.map(change) : [make("li", {}, text("waiting"))]));
  byId("flow").replaceChildren(...flowTable(state));
  byId("mine").replaceChildren(...(state.mine ? mineCard(state.mine) : []));
  byId("declare").disabled = !state.ready;
  byId("list").disabled = !(state.ready && state.mine?.code.color === "green");
  byId("pass").disabled = !(state.ready && state.mine?.code.color === "red");
}

async function act(path) {
  byId("trouble").textContent = text("working");
  const answer = await fetch(`/try/${path}`, { method: "POST", headers: { "accept-language": language } });
  const problem = answer.ok ? null : await answer.json().catch(() => ({}));
  byId("trouble").textContent = problem ? (problem.detail ?? problem.title ?? `HTTP ${answer.status}`) : "";
}

for (const id of ["declare", "list", "pass"]) {
  byId(id).addEventListener("click", async ({ target }) => {
    target.disabled = true;
    await act(id).catch((error) => { byId("trouble").textContent = String(error.message); });
  });
}
byId("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  say();
  if (last) show(last);
});

say();
const stream = new EventSource("/stream");
stream.addEventListener("message", ({ data }) => {
  if (byId("trouble").textContent === text("lost")) byId("trouble").textContent = "";
  show(JSON.parse(data));
});
stream.addEventListener("error", () => { byId("trouble").textContent = text("lost"); });

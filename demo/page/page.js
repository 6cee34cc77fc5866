// The live page: an event stream in, pictures out. Everything from outside goes in as text, never as markup, but the QR,
// which is our own issuer's SVG and is parsed as an image document.
import { COLORS, draw } from "./chart.js";
import { Network } from "./network.js";
import { texts } from "./texts.js";

let language = navigator.language.startsWith("zh") ? "zh" : "en";
let state = null;
const REGIONS = ["330000", "420000", "100000", "620000"];
const SHOWN = 14, POINTS = 480, ALARMS = 6;
const byId = (id) => document.getElementById(id);
const network = new Network(byId("network"), REGIONS);
const text = (key) => texts[language][key] ?? key;
const place = (code) => text(`region${code}`);
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
  byId("ways").replaceChildren(...["share", "convert", "adopt"].map((way) =>
    make("li", { className: `way-${way}` }, make("b", {}, text(`way-${way}`)), ` — ${text(`says-${way}`)}`)));
  byId("legend").replaceChildren(...COLORS.map((color) => make("span", { className: color }, text(color))));
}

function regionCard(code) {
  const region = state.regions[code];
  const series = state.series.map((point) => ({ at: Date.parse(point.at), ...point.colors[code] }));
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const counts = COLORS.map((color) => `${text(color)} ${number(region.colors[color])}`);
  const name = place(code);
  draw(picture, series, `${name}: ${counts.join(", ")}`);
  const here = Object.entries(region.guests).filter(([, count]) => count > 0);
  const guests = here.map(([color, count]) => `${text(color)} ${number(count)}`).join(" · ");
  return make("article", { className: "region" },
    make("h3", {}, name, make("small", {}, `${number(region.declared)} ${text(state.ways[code] === "adopt" ? "adopted" : "declared")}`)),
    picture,
    make("ul", { className: "counts" }, ...COLORS.map((color, index) => make("li", { className: color }, counts[index]))),
    make("p", { className: "guests" }, `${text("guests")}: ${guests || text("none")}`),
    pagesOf(code));
}

function pagesOf(code) {
  const address = state.pages?.[code];
  if (!address) return null;
  const links = [["", "asCitizen"], ["checkpoint", "asCheckpoint"], ["console", "asOfficer"]];
  return make("p", { className: "pages" }, `${text("pages")}: `, ...links.map(([path, key]) =>
    make("a", { href: address + path, target: "_blank", rel: "noopener" }, text(key))));
}

function change(item) {
  const badge = (color) => make("span", { className: `badge ${color}` }, text(color));
  return make("li", {},
    make("time", { dateTime: item.at }, moment(item.at)),
    make("span", {}, `${place(item.region)} · ${(item.subject ?? item.handle).slice(0, 8)}… `, badge(item.previous), " → ", badge(item.color)),
    make("small", {}, item.origin ? text("guest") : item.cause),
    make("span", {}, item.origin ? `${text("from")} ${place(item.origin)}` : item.reasons.map((reason) => reason[language]).join(" · ")));
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
      `${place(guest.region)} · ${text("abroad")} `, make("b", {}, text(guest.color)), ` (${moment(guest.at)})`)));
  return [card, abroad];
}

function alarmItem(alarm) {
  return make("li", {}, make("b", {}, `${place(alarm.region)} · ${alarm.title[language]}`),
    make("time", { dateTime: alarm.opened_at }, moment(alarm.opened_at)), make("p", {}, alarm.text[language]));
}

function ruleLists() {
  return Object.entries(state.oversight.counts).filter(([, items]) => items.length).map(([code, items]) =>
    make("div", {}, make("h4", {}, place(code)), make("ul", { className: "counts" }, ...items.map((item) =>
      make("li", { className: item.color }, `${item.rule} ${number(item.count)}`)))));
}

/** How a region's messages with the hub are counted: what it sent, and what it was told. */
function traffic(code) {
  return { sent: number(state.topics[`hc.national.${code}.inbox.v1`]), told: number(state.topics[`hc.national.${code}.v1`]) };
}

function showNetwork() {
  const words = { hub: text("hub") };
  for (const code of REGIONS) words[code] = { name: place(code), way: state.ways[code], how: text(`way-${state.ways[code]}`), ...traffic(code) };
  const guests = Object.fromEntries(REGIONS.map((code) => [code, state.regions[code].guests]));
  const summary = REGIONS.map((code) => `${place(code)}: ${text(`way-${state.ways[code]}`)}, ${text("sent")} ${words[code].sent}, ${text("told")} ${words[code].told}`);
  network.show(words, guests, summary.join("; "));
  network.fly(state.latest.filter((item) => item.origin));
}

function crossings() {
  const head = make("tr", {}, ...["home", "there", "countsAs"].map((key) => make("th", {}, text(key))));
  const rows = state.crossings.map(({ origin, region, colors }) => make("tr", {},
    make("td", {}, place(origin)), make("td", {}, place(region)),
    make("td", {}, ...Object.entries(colors).filter(([, count]) => count > 0).map(([color, count]) =>
      make("span", { className: `count ${color}` }, `${text(color)} ${number(count)}`)))));
  return [make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows))];
}

/** Whose column a topic stands in, and its row: a region's topics on the national broker stand in the region's. */
function own(name) {
  const [, region, outer] = name.match(/^hc\.national\.(\d{6})\.(.+)$/) ?? [];
  return region ? [null, region, `${text("hub")} · ${outer}`] : name.match(/^hc\.([^.]+)\.(.+)$/) ?? [null, "", name];
}

function flowTable() {
  const topics = {};
  for (const [name, count] of Object.entries(state.topics)) {
    const [, owner, topic] = own(name);
    (topics[topic] ??= {})[owner] = count;
  }
  const head = make("tr", {}, make("th", {}, text("topic")), ...REGIONS.map((code) => make("th", {}, place(code))),
    make("th", {}, text("hub")));
  const rows = Object.entries(topics).sort().map(([topic, counts]) => make("tr", {}, make("td", {}, topic),
    ...[...REGIONS, "national"].map((owner) => make("td", {}, counts[owner] === undefined ? "" : number(counts[owner])))));
  const { p50_ms: p50, p99_ms: p99 } = state.latency;
  const lag = p50 === null ? "" : `${text("latency")}: p50 ${number(Math.round(p50))} ms · p99 ${number(Math.round(p99))} ms`;
  return [make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)), make("p", { className: "lag" }, lag)];
}

/** What came is added to what is known: lists and the series carry only what is new. */
function learn(news) {
  const known = state ?? { series: [], latest: [] };
  const fresh = [...news.changes, ...news.guest_changes].sort((one, other) => other.n - one.n);
  const series = news.series ?? (news.point && news.point.at !== known.series.at(-1)?.at ? [...known.series, news.point] : known.series);
  state = { ...news, series: series.slice(-POINTS), latest: [...fresh, ...(news.series ? [] : known.latest)].slice(0, SHOWN) };
}

function show() {
  byId("day").textContent = `${day(state.sim)} ${date(state.sim, { timeStyle: "short" })}`;
  byId("phase").textContent = text(state.phase);
  byId("regions").replaceChildren(...REGIONS.map(regionCard));
  byId("changes").replaceChildren(...(state.latest.length ? state.latest.map(change) : [make("li", {}, text("waiting"))]));
  byId("flow").replaceChildren(...flowTable());
  showNetwork();
  byId("crossings").replaceChildren(...crossings());
  const { alarms } = state.oversight;
  byId("alarms").replaceChildren(...(alarms.length ? alarms.slice(0, ALARMS).map(alarmItem) : [make("li", { className: "calm" }, text("calm"))]));
  byId("rules").replaceChildren(...ruleLists());
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
  if (state) show();
});

say();
const stream = new EventSource("/stream");
stream.addEventListener("message", ({ data }) => {
  if (byId("trouble").textContent === text("lost")) byId("trouble").textContent = "";
  learn(JSON.parse(data));
  show();
});
stream.addEventListener("error", () => { byId("trouble").textContent = text("lost"); });

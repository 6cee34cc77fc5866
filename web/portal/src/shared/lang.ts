/** Chinese and English: every text of the pages is a pair of both. */

import { cell } from "./cell.ts";

export type Lang = "zh" | "en";
/** In Chinese, in English. */
export type Text = readonly [zh: string, en: string];

const KEPT = "hc-lang";
const LARGE = "hc-large";

export const lang = cell<Lang>(first());
export const large = cell(localStorage.getItem(LARGE) === "yes");

export function setLang(next: Lang): void {
  localStorage.setItem(KEPT, next);
  lang.set(next);
  apply();
}

export function setLarge(next: boolean): void {
  localStorage.setItem(LARGE, next ? "yes" : "no");
  large.set(next);
  apply();
}

/** Tell the document, which screen readers and styles go by. */
export function apply(): void {
  document.documentElement.lang = lang.value === "zh" ? "zh-CN" : "en";
  document.documentElement.dataset["large"] = large.value ? "yes" : "no";
}

/** The text in the chosen language, with `{name}` filled in. */
export function t(text: Text, values: Readonly<Record<string, string | number>> = {}): string {
  const chosen = text[lang.value === "zh" ? 0 : 1];
  return chosen.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

function first(): Lang {
  const kept = localStorage.getItem(KEPT);
  if (kept === "zh" || kept === "en") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

let zone = "Asia/Shanghai";

/** Days and times are the region's, wherever the device is. */
export function setZone(next: string): void {
  zone = next;
}

function format(when: string | number, options: Intl.DateTimeFormatOptions): string {
  const tag = lang.value === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(tag, { timeZone: zone, ...options }).format(new Date(when));
}

export const day = (when: string | number): string =>
  format(when, { year: "numeric", month: "short", day: "numeric", weekday: "short" });
export const moment = (when: string | number): string =>
  format(when, { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
export const clock = (when: string | number): string =>
  format(when, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
/** A day as the interfaces write it, by the region's calendar. */
export const isoDay = (when: number): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(new Date(when));

/** A count of seconds in words: how old something is. */
export function span(seconds: number): string {
  const units: readonly (readonly [number, Text])[] = [
    [86_400, ["{n} 天", "{n} d"]],
    [3600, ["{n} 小时", "{n} h"]],
    [60, ["{n} 分钟", "{n} min"]],
    [0, ["{n} 秒", "{n} s"]],
  ];
  const [size, text] = units.find(([least]) => seconds >= least) ?? [0, ["{n} 秒", "{n} s"] as Text];
  return t(text, { n: Math.max(0, Math.floor(size === 0 ? seconds : seconds / size)) });
}

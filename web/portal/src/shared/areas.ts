/** Divisions by GB/T 2260, fetched when first needed. */

import { cell } from "./cell.ts";
import { lang, t, type Text } from "./lang.ts";

export interface Area {
  readonly code: string;
  readonly zh: string;
  readonly en: string;
}

export const areas = cell<readonly Area[]>([]);

const OFFICES: Readonly<Record<string, Text>> = {
  cdc: ["疾控中心", "Centre for Disease Control"],
  command: ["指挥部", "Command"],
};

let asked: Promise<void> | null = null;

/** Have them here soon; without a network the codes stand for the names. */
export function wantAreas(): void {
  asked ??= fetch(`${import.meta.env.BASE_URL}areas.json`)
    .then((answer) => answer.json() as Promise<[string, string, string][]>)
    .then((rows) => areas.set(rows.map(([code, zh, en]) => ({ code, zh, en }))))
    .catch(() => {
      asked = null;
    });
}

export const provinces = (): readonly Area[] => areas.value.filter((area) => area.code.endsWith("0000"));
export const within = (province: string): readonly Area[] =>
  areas.value.filter((area) => area.code.startsWith(province.slice(0, 2)) && area.code !== province);

/** The name of a division, or of the nearest above it that has one. */
export function areaName(code: string): string {
  for (const near of [code.slice(0, 6), `${code.slice(0, 4)}00`, `${code.slice(0, 2)}0000`]) {
    const found = areas.value.find((area) => area.code === near);
    if (found !== undefined) return found[lang.value];
  }
  return code;
}

/** An authority as people know it: `330100-cdc` is named by its place. */
export function authorityName(authority: string): string {
  const [, code, office] = /^(\d{6})-(.+)$/.exec(authority) ?? [];
  if (code === undefined || office === undefined) return authority;
  const known = OFFICES[office];
  return `${areaName(code)} ${known === undefined ? office : t(known)}`;
}

/** The regions of the nation's catalogue and the way each takes; who from elsewhere is watched here. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import { areaName, areas, wantAreas } from "../shared/areas.ts";
import { useCell } from "../shared/cell.ts";
import { Fault } from "../shared/frame.tsx";
import { get } from "../shared/http.ts";
import { t, type Text } from "../shared/lang.ts";
import { all, useLoaded } from "./load.ts";
import { type Column, Table } from "./table.tsx";
import { colorWord, named } from "./values.ts";

const TEXTS = {
  title: ["地区与互认", "Regions and ways"],
  lead: ["国家目录中的地区、互认方式和密钥有效期；目录由国家签名。", "The regions of the nation's catalogue, the way each takes, and how long its keys are good; the nation signs it."],
  regions: ["地区", "Regions"],
  region: ["地区", "Region"],
  way: ["互认方式", "Way"],
  hub: ["国家枢纽", "hub"],
  from: ["有效自", "From"],
  until: ["有效至", "Until"],
  guests: ["来访人员", "Guests"],
  origin: ["来自", "From"],
  color: ["在本地视为", "Counts here as"],
  purpose: ["缘由", "For"],
  changed: ["更新", "Changed"],
  watched: ["关注至", "Watched until"],
  rule: ["换算", "By"],
} satisfies Record<string, Text>;
const WAYS: Readonly<Record<string, Text>> = {
  share: ["共享数据", "shares data"],
  convert: ["经国家码换算", "converts by the national code"],
  adopt: ["使用国家码", "adopts the national code"],
};

interface Entry {
  readonly code: string;
  readonly way: string;
  readonly hub: boolean;
  readonly valid_from: string;
  readonly valid_until: string;
}
interface Guest {
  readonly handle: string;
  readonly origin: string;
  readonly color: string;
  readonly rule: string;
  readonly purpose: string;
  readonly changed_at: string;
  readonly watched_until: string;
}

const REGIONS: readonly Column<Entry>[] = [
  { key: "region", title: TEXTS.region, value: (row) => `${row.code} ${areaName(row.code)}` },
  { key: "way", title: TEXTS.way, value: (row) => (row.hub ? t(TEXTS.hub) : named(WAYS, row.way)), choose: true },
  { key: "from", title: TEXTS.from, value: (row) => row.valid_from, time: true },
  { key: "until", title: TEXTS.until, value: (row) => row.valid_until, time: true },
];
const GUESTS: readonly Column<Guest>[] = [
  { key: "origin", title: TEXTS.origin, value: (row) => areaName(row.origin), choose: true },
  { key: "color", title: TEXTS.color, value: (row) => colorWord(row.color), choose: true },
  { key: "rule", title: TEXTS.rule, value: (row) => row.rule },
  { key: "purpose", title: TEXTS.purpose, value: (row) => row.purpose, choose: true },
  { key: "changed", title: TEXTS.changed, value: (row) => row.changed_at, time: true },
  { key: "watched", title: TEXTS.watched, value: (row) => row.watched_until, time: true },
];

export function Regions(): JSX.Element {
  useCell(areas);
  useEffect(wantAreas, []);
  const catalogue = useLoaded(() => get<{ regions: readonly Entry[] }>("/v1/catalogue"), []);
  const guests = useLoaded(() => all<Guest>("/v1/guests?limit=100", "items"), [], 15_000);
  return (
    <>
      <h1>{t(TEXTS.title)}</h1>
      <p class="soft">{t(TEXTS.lead)}</p>
      <section class="card">
        <Fault fault={catalogue.fault} />
        <Table name="regions" caption={TEXTS.regions} rows={catalogue.data?.regions ?? []} columns={REGIONS} id={(row) => row.code} sort="region" />
      </section>
      <section class="card">
        <h2>{t(TEXTS.guests)}</h2>
        <Fault fault={guests.fault} />
        <Table name="guests" caption={TEXTS.guests} rows={guests.data?.items ?? []} more={guests.data?.more ?? false} columns={GUESTS} id={(row) => row.handle} sort="changed" down />
      </section>
    </>
  );
}

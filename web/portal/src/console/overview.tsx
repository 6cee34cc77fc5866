/** How the region is: people by color through time and by area, what flows, and what is unusual. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { areaName, areas, wantAreas } from "../shared/areas.ts";
import { useCell } from "../shared/cell.ts";
import { type Color, Shape, WORDS } from "../shared/colors.tsx";
import { Fault } from "../shared/frame.tsx";
import { get } from "../shared/http.ts";
import { clock, day, moment, span, t, type Text } from "../shared/lang.ts";
import { now } from "../shared/region.ts";
import { Alarms } from "./alarms.tsx";
import { Bars, Course, Shares } from "./chart.tsx";
import { all, useLoaded } from "./load.ts";
import { course, type Move, type Residents, standing } from "./people.ts";
import { Storms } from "./storms.tsx";
import { type Column, Table } from "./table.tsx";

const TEXTS = {
  title: ["总览", "Overview"],
  people: ["各色人数", "People by color"],
  whole: ["全地区", "Whole region"],
  area: ["地区", "Area"],
  unknown: ["居住地未知", "Residence unknown"],
  span: ["时段", "Period"],
  total: ["人数", "People"],
  change: ["{span}内 {n}", "{n} in {span}"],
  shares: ["占比", "Shares"],
  byArea: ["各地人数", "People by area"],
  flow: ["流量与时效", "Flow and delay"],
  asOf: ["统计截至 {when}（{age}前）", "Counted up to {when} ({age} ago)"],
  nothing: ["尚无统计。", "Nothing was counted yet."],
  each: ["{what}，{span}共 {n} 次", "{what}: {n} in {span}"],
} satisfies Record<string, Text>;

const SHOWN: readonly Color[] = ["green", "yellow", "red", "pending"];
const MINUTE = 60_000;
interface Span {
  readonly key: string;
  readonly text: Text;
  readonly long: number;
  readonly window: string;
  readonly size: number;
}
const SPANS: readonly Span[] = [
  { key: "hour", text: ["1 小时", "1 h"], long: 60 * MINUTE, window: "5m", size: 5 * MINUTE },
  { key: "shift", text: ["6 小时", "6 h"], long: 360 * MINUTE, window: "5m", size: 5 * MINUTE },
  { key: "days", text: ["3 天", "3 days"], long: 4320 * MINUTE, window: "1h", size: 60 * MINUTE },
  { key: "month", text: ["30 天", "30 days"], long: 43_200 * MINUTE, window: "1d", size: 1440 * MINUTE },
];
const FLOWS: readonly (readonly [kind: string, text: Text])[] = [
  ["finding", ["评定", "Findings"]],
  ["changed", ["变色", "Changes of color"]],
  ["listing", ["名单条目", "Entries of lists"]],
  ["test", ["检测结果", "Test results"]],
];

interface Counted {
  readonly people: { readonly items: readonly Residents[]; readonly as_of: string | null };
  readonly moves: readonly Move[];
  readonly flows: readonly (readonly Move[])[];
  readonly since: number;
  readonly until: number;
}

async function counted(span: Span, area: string): Promise<Counted> {
  const until = now();
  const since = until - span.long;
  const asked = new URLSearchParams({
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    window: span.window,
    limit: "1000",
  });
  const moved = new URLSearchParams([...asked, ["by", "color"], ["by", "previous"]]);
  if (area !== "") moved.set("area", area);
  const [people, moves, ...flows] = await Promise.all([
    get<Counted["people"]>("/v1/oversight/people"),
    all<Move>(`/v1/oversight/counts?${moved.toString()}`, "items"),
    ...FLOWS.map(([kind]) => all<Move>(`/v1/oversight/counts?${asked.toString()}&kind=${kind}`, "items")),
  ]);
  return { people, moves: moves.items, flows: flows.map((flow) => flow.items), since, until };
}

export function Overview(): JSX.Element {
  useCell(areas);
  useEffect(wantAreas, []);
  const [period, setPeriod] = useState<Span>(SPANS[1] as Span);
  const [area, setArea] = useState("");
  const { data, fault } = useLoaded(() => counted(period, area), [period, area], 10_000);
  const known = [...new Set(data?.people.items.map((each) => each.area))].filter((each) => each !== "");
  return (
    <>
      <h1>{t(TEXTS.title)}</h1>
      <Fault fault={fault} />
      <Alarms />
      <section class="card" id="people">
        <div class="head">
          <h2>{t(TEXTS.people)}</h2>
          <select aria-label={t(TEXTS.area)} name="area" value={area} onChange={(event) => setArea(event.currentTarget.value)}>
            <option value="">{t(TEXTS.whole)}</option>
            {known.map((code) => (
              <option key={code} value={code}>
                {areaName(code)}
              </option>
            ))}
          </select>
          <select
            aria-label={t(TEXTS.span)}
            name="period"
            value={period.key}
            onChange={(event) => setPeriod(SPANS.find((each) => each.key === event.currentTarget.value) ?? period)}
          >
            {SPANS.map((each) => (
              <option key={each.key} value={each.key}>
                {t(each.text)}
              </option>
            ))}
          </select>
        </div>
        {data !== null && <Colors counted={data} area={area} span={period} />}
      </section>
      {data !== null && (
        <>
          <section class="card">
            <h2>{t(TEXTS.byArea)}</h2>
            <ByArea residents={data.people.items} />
          </section>
          <Flow counted={data} span={period} />
        </>
      )}
      <Storms />
    </>
  );
}

const nameOf = (period: Span) => (at: number): string =>
  period.size >= 1440 * MINUTE ? day(at).replace(/[（(,].*$/, "") : period.long > 1440 * MINUTE ? moment(at) : clock(at).slice(0, 5);

function Colors(props: { counted: Counted; area: string; span: Span }): JSX.Element {
  const { since, until } = props.counted;
  const today = standing(props.counted.people.items, props.area);
  const line = course(today, props.counted.moves, since, until);
  return (
    <div class="colors">
      {SHOWN.map((color) => {
        const people = today[color] ?? 0;
        const more = people - Math.max(0, line[0]?.people[color] ?? 0);
        const change = t(TEXTS.change, { span: t(props.span.text), n: more > 0 ? `+${more}` : String(more).replace("-", "−") });
        return (
          <div key={color} class={`color tone-${color}`} data-color={color} data-people={people}>
            <p class="number-of">
              <Shape color={color} size={26} />
              <b>{t(WORDS[color])}</b>
              <strong>{people.toLocaleString()}</strong>
              <small>{change}</small>
            </p>
            <Course
              label={`${t(WORDS[color])} ${people}, ${change}`}
              since={since}
              until={until}
              name={nameOf(props.span)}
              points={line.map((each) => ({ at: each.at, n: Math.max(0, each.people[color] ?? 0) }))}
              tone=""
            />
          </div>
        );
      })}
    </div>
  );
}

interface Place {
  readonly area: string;
  readonly people: Readonly<Record<string, number>>;
  readonly total: number;
}

function ByArea(props: { residents: readonly Residents[] }): JSX.Element {
  const places: Place[] = [...new Set(props.residents.map((each) => each.area))].map((area) => {
    const people = standing(props.residents.filter((each) => each.area === area), "");
    return { area, people, total: SHOWN.reduce((sum, color) => sum + (people[color] ?? 0), 0) };
  });
  const columns: Column<Place>[] = [
    { key: "area", title: TEXTS.area, value: (row) => (row.area === "" ? t(TEXTS.unknown) : areaName(row.area)) },
    { key: "total", title: TEXTS.total, value: (row) => row.total, number: true },
    ...SHOWN.map((color): Column<Place> => ({ key: color, title: WORDS[color], value: (row) => row.people[color] ?? 0, number: true })),
    {
      key: "shares",
      title: TEXTS.shares,
      value: (row) => SHOWN.map((color) => row.people[color] ?? 0).join(":"),
      show: (row) => <Shares parts={SHOWN.map((color) => [color, row.people[color] ?? 0])} />,
    },
  ];
  return <Table name="people" caption={TEXTS.byArea} rows={places} columns={columns} id={(row) => row.area || "unknown"} sort="total" down />;
}

function Flow(props: { counted: Counted; span: Span }): JSX.Element {
  const { people, flows, since, until } = props.counted;
  return (
    <section class="card" id="flow">
      <h2>{t(TEXTS.flow)}</h2>
      <p class="soft">
        {people.as_of === null
          ? t(TEXTS.nothing)
          : t(TEXTS.asOf, { when: moment(people.as_of), age: span((now() - Date.parse(people.as_of)) / 1000) })}
      </p>
      <div class="colors">
        {FLOWS.map(([kind, text], index) => {
          const flow = flows[index] ?? [];
          const label = t(TEXTS.each, {
            what: t(text),
            span: t(props.span.text),
            n: flow.reduce((sum, each) => sum + each.count, 0).toLocaleString(),
          });
          return (
            <div key={kind} class="color">
              <p class="number-of">{label}</p>
              <Bars
                label={label}
                since={since}
                until={until}
                size={props.span.size}
                name={nameOf(props.span)}
                bars={flow.map((each) => ({ at: Date.parse(each.since), n: each.count }))}
              />
            </div>
          );
        })}
      </div>
    </section>
  );
}

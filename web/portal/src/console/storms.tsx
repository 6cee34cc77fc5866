/** How far the reviews are that changes of areas and policies started. */

import type { JSX } from "preact";

import { areaName } from "../shared/areas.ts";
import { Fault } from "../shared/frame.tsx";
import { t, type Text } from "../shared/lang.ts";
import { all, useLoaded } from "./load.ts";
import { type Column, Table } from "./table.tsx";
import { named } from "./values.ts";

const TEXTS = {
  title: ["成批复核", "Reviews of many"],
  area: ["地区", "Area"],
  everybody: ["所有人", "Everybody"],
  cause: ["起因", "Cause"],
  state: ["进度", "State"],
  queued: ["已排队人数", "People queued"],
  since: ["开始", "Since"],
  over: ["结束", "Ended"],
} satisfies Record<string, Text>;

const STATES: Readonly<Record<string, Text>> = {
  new: ["未开始", "not begun"],
  waiting: ["等待", "waiting"],
  sweeping: ["查找中", "finding people"],
  settling: ["复核中", "reviewing"],
  done: ["完成", "done"],
};
const CAUSES: Readonly<Record<string, Text>> = {
  area: ["风险区调整", "an area changed"],
  policy: ["政策调整", "the policy changed"],
};

interface Storm {
  readonly id: number;
  readonly area: string | null;
  readonly cause: string;
  readonly state: string;
  readonly queued: number;
  readonly started_at: string;
  readonly ended_at: string | null;
}

const COLUMNS: readonly Column<Storm>[] = [
  { key: "area", title: TEXTS.area, value: (row) => (row.area === null ? t(TEXTS.everybody) : areaName(row.area)) },
  { key: "cause", title: TEXTS.cause, value: (row) => named(CAUSES, row.cause), choose: true },
  { key: "state", title: TEXTS.state, value: (row) => named(STATES, row.state), choose: true },
  { key: "queued", title: TEXTS.queued, value: (row) => row.queued, number: true },
  { key: "since", title: TEXTS.since, value: (row) => row.started_at, time: true },
  { key: "over", title: TEXTS.over, value: (row) => row.ended_at, time: true },
];

export function Storms(): JSX.Element {
  const { data, fault } = useLoaded(() => all<Storm>("/v1/areas/storms", "storms"), [], 10_000);
  return (
    <section class="card">
      <h2>{t(TEXTS.title)}</h2>
      <Fault fault={fault} />
      {data !== null && (
        <Table name="storms" caption={TEXTS.title} rows={data.items} more={data.more} columns={COLUMNS} id={(row) => String(row.id)} sort="since" down />
      )}
    </section>
  );
}

/** What oversight finds unusual. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { lang, t, type Lang, type Text } from "../shared/lang.ts";
import { Fault } from "../shared/frame.tsx";
import { all, useLoaded } from "./load.ts";
import { type Column, Table } from "./table.tsx";

const TEXTS = {
  title: ["警报", "Alarms"],
  open: ["{n} 个警报未解除", "{n} alarms are open"],
  none: ["没有未解除的警报", "No alarm is open"],
  all: ["所有警报", "All alarms"],
  what: ["警报", "Alarm"],
  text: ["说明", "What it says"],
  since: ["触发时间", "Opened"],
  over: ["解除时间", "Over"],
} satisfies Record<string, Text>;

interface Alarm {
  readonly alarm: string;
  readonly state: "open" | "cleared";
  readonly opened_at: string;
  readonly cleared_at: string | null;
  readonly title: Readonly<Record<Lang, string>>;
  readonly text: Readonly<Record<Lang, string>>;
}

const COLUMNS: readonly Column<Alarm>[] = [
  { key: "what", title: TEXTS.what, value: (row) => row.title[lang.value], choose: true },
  { key: "text", title: TEXTS.text, value: (row) => row.text[lang.value] },
  { key: "since", title: TEXTS.since, value: (row) => row.opened_at, time: true },
  { key: "over", title: TEXTS.over, value: (row) => row.cleared_at, time: true },
];

export function Alarms(): JSX.Element {
  const { data, fault } = useLoaded(() => all<Alarm>("/v1/oversight/alarms?state=all", "items"), [], 10_000);
  const [shown, setShown] = useState(false);
  const open = (data?.items ?? []).filter((alarm) => alarm.state === "open");
  return (
    <section class={`card alarms ${open.length > 0 ? "some" : ""}`} id="alarms" aria-label={t(TEXTS.title)}>
      <Fault fault={fault} />
      <div class="head">
        <h2>{open.length > 0 ? `⚠ ${t(TEXTS.open, { n: open.length })}` : `✓ ${t(TEXTS.none)}`}</h2>
        {(data?.items.length ?? 0) > 0 && (
          <button type="button" class="quiet" aria-expanded={shown} onClick={() => setShown(!shown)}>
            {t(TEXTS.all)}
          </button>
        )}
      </div>
      {open.slice(0, 3).map((alarm) => (
        <p key={alarm.alarm}>
          <b>{alarm.title[lang.value]}</b> {alarm.text[lang.value]}
        </p>
      ))}
      {shown && data !== null && (
        <Table name="alarms" caption={TEXTS.all} rows={data.items} more={data.more} columns={COLUMNS} id={(row) => row.alarm} sort="since" down />
      )}
    </section>
  );
}

/** What the region has on one: earlier findings, who looked, which region is told, what was contested. */

import type { JSX } from "preact";

import { areaName, authorityName } from "../shared/areas.ts";
import { Fault } from "../shared/frame.tsx";
import { moment, t, type Text } from "../shared/lang.ts";
import { useLoaded } from "../shared/load.ts";
import { Fold } from "./errands.tsx";

const TEXTS = {
  title: ["我的记录", "My record"],
  history: ["历史评定", "Earlier findings"],
  lookups: ["谁查过我的码", "Who looked my code up"],
  openings: ["谁查阅过我的个人页", "Who opened my page, and for what"],
  watches: ["哪些地区会收到我的变化", "Which regions are told of changes"],
  contested: ["我的纠错申请", "What I contested"],
  none: ["没有记录", "Nothing"],
  until: ["至 {at}", "until {at}"],
  waiting: ["等待答复，期限 {due}", "Waiting, due {due}"],
  upheld: ["已更正", "Put right"],
  rejected: ["维持原状", "It stands"],
} satisfies Record<string, Text>;

interface Row {
  readonly when: string;
  readonly what: string;
}

interface Source {
  readonly name: string;
  readonly title: Text;
  readonly path: string;
  readonly rows: (answer: never) => readonly Row[];
}

const SOURCES: readonly Source[] = [
  {
    name: "history", title: TEXTS.history, path: "/v1/me/findings",
    rows: (answer: { findings: readonly { reviewed_at: string; color_label: string; texts: readonly string[] }[] }) =>
      answer.findings.map((one) => ({ when: one.reviewed_at, what: `${one.color_label}：${one.texts.join(" · ")}` })),
  },
  {
    name: "contested", title: TEXTS.contested, path: "/v1/me/corrections",
    rows: (answer: { items: readonly { asked_at: string; category_word: string; due: string; outcome: string | null; explanation: string | null }[] }) =>
      answer.items.map((one) => ({ when: one.asked_at, what: `${one.category_word}：${outcome(one)}` })),
  },
  {
    name: "lookups", title: TEXTS.lookups, path: "/v1/me/lookups",
    rows: (answer: { items: readonly { at: string; role_word: string; authority: string | null }[] }) =>
      answer.items.map((one) => ({ when: one.at, what: `${one.role_word} ${authorityName(one.authority ?? "")}` })),
  },
  {
    name: "openings", title: TEXTS.openings, path: "/v1/me/openings",
    rows: (answer: { items: readonly { at: string; authority: string | null; purpose: string }[] }) =>
      answer.items.map((one) => ({ when: one.at, what: `${authorityName(one.authority ?? "")}：${one.purpose}` })),
  },
  {
    name: "watches", title: TEXTS.watches, path: "/v1/me/watches",
    rows: (answer: { items: readonly { destination: string; until: string; opened_at: string | null }[] }) =>
      answer.items.map((one) => ({
        when: one.opened_at ?? one.until,
        what: `${areaName(one.destination)} ${t(TEXTS.until, { at: moment(one.until) })}`,
      })),
  },
]; // prettier-ignore

function outcome(one: { due: string; outcome: string | null; explanation: string | null }): string {
  if (one.outcome === null) return t(TEXTS.waiting, { due: moment(one.due) });
  return `${t(one.outcome === "upheld" ? TEXTS.upheld : TEXTS.rejected)} ${one.explanation ?? ""}`;
}

export function Record(): JSX.Element {
  return (
    <section class="card" id="record">
      <h2>{t(TEXTS.title)}</h2>
      {SOURCES.map((source) => (
        <Fold key={source.name} name={source.name} title={t(source.title)}>
          <Rows source={source} />
        </Fold>
      ))}
    </section>
  );
}

function Rows(props: { source: Source }): JSX.Element {
  const { data, fault } = useLoaded<never>(props.source.path);
  const rows = data === null ? null : props.source.rows(data);
  return (
    <>
      <Fault fault={fault} />
      {rows?.length === 0 && <p class="soft">{t(TEXTS.none)}</p>}
      <ol class="timeline">
        {rows?.map((row) => (
          <li key={row.when + row.what}>
            <time>{moment(row.when)}</time>
            <span>{row.what}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

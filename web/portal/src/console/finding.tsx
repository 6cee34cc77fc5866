/** A finding in words: the color and why, the way out, every rule considered, every fact known. */

import type { JSX } from "preact";

import { authorityName } from "../shared/areas.ts";
import { type Color, Shape } from "../shared/colors.tsx";
import { moment, t, type Text } from "../shared/lang.ts";
import { type Column, Table } from "./table.tsx";
import { isColor } from "./values.ts";

const TEXTS = {
  until: ["最早至 {when}", "until {when} at the earliest"],
  concluded: ["评定于 {when}，政策 {policy} {version}", "concluded {when}, under policy {policy} {version}"],
  next: ["下次复核 {when}", "next review {when}"],
  unpublished: ["复核进行中：此结果尚未发布。", "A review is on its way: this is not published yet."],
  received: ["由其他地区共享的事实决定。", "Decided by another region's facts."],
  why: ["原因", "Why"],
  none: ["没有规则成立。", "No rule holds."],
  way: ["解除途径", "The way out"],
  steps: ["{n} 个步骤", "{n} steps"],
  considered: ["全部已考虑的规则", "Every rule that was considered"],
  noPolicy: ["服务器上已无评定时适用的政策：仅知成立的规则。", "The policy it was concluded under is not here any more: only what held is known."],
  known: ["全部已知事实", "Every fact that was known"],
  what: ["事实", "Fact"],
  source: ["来源", "Source"],
  evidence: ["依据", "Evidence"],
  at: ["时间", "Time"],
  decides: ["起决定作用", "Decides"],
  yes: ["是", "yes"],
  stated: ["本人申报", "stated by the person"],
} satisfies Record<string, Text>;

interface Part {
  readonly text: string;
  readonly holds: boolean;
  readonly parts: readonly Part[];
}
interface Rule {
  readonly rule: string;
  readonly color: string;
  readonly text: string;
  readonly sources: readonly string[];
}
interface Considered {
  readonly rule: string;
  readonly color: string;
  readonly reason_text: string;
  readonly verdict: string;
  readonly text: string;
  readonly condition: Part;
}
interface Known {
  readonly id: string | null;
  readonly at: string | null;
  readonly source: string;
  readonly evidence: string | null;
  readonly text: string;
  readonly decides: boolean;
}
export interface Found {
  readonly at: string;
  readonly color: string;
  readonly color_label: string;
  readonly act_label: string;
  readonly until: string | null;
  readonly next_review: string | null;
  readonly reviewed_at: string;
  readonly published: boolean;
  readonly first_hand: boolean;
  readonly policy: string;
  readonly policy_version: string;
  readonly rules: readonly Rule[];
  readonly considered: readonly Considered[] | null;
  readonly known: readonly Known[];
  readonly way_out: { readonly text: string; readonly steps: readonly { readonly at: string; readonly text: string }[] } | null;
}

const COLUMNS: readonly Column<Known>[] = [
  { key: "at", title: TEXTS.at, value: (row) => row.at, time: true },
  { key: "what", title: TEXTS.what, value: (row) => row.text },
  { key: "source", title: TEXTS.source, value: (row) => authorityName(row.source) || t(TEXTS.stated), choose: true },
  { key: "evidence", title: TEXTS.evidence, value: (row) => row.evidence },
  { key: "decides", title: TEXTS.decides, value: (row) => (row.decides ? t(TEXTS.yes) : ""), choose: true },
];

const FEW = 4;
const shape = (color: string): Color => (isColor(color) ? color : "grey");

export function Finding(props: { found: Found }): JSX.Element {
  const { found } = props;
  return (
    <>
      <section class={`card verdict tone-${found.color}`} id="finding" data-color={found.color}>
        <p class="word">
          <Shape color={shape(found.color)} size={44} /> <strong>{found.color_label}</strong> <span>{found.act_label}</span>
          {found.until !== null && <span>{t(TEXTS.until, { when: moment(found.until) })}</span>}
        </p>
        <p>
          {t(TEXTS.concluded, { when: moment(found.reviewed_at), policy: found.policy, version: found.policy_version })}
          {found.next_review !== null && <> · {t(TEXTS.next, { when: moment(found.next_review) })}</>}
        </p>
        {!found.published && <p>{t(TEXTS.unpublished)}</p>}
        {!found.first_hand && <p>{t(TEXTS.received)}</p>}
      </section>
      <div class="two">
        <section class="card" id="why">
          <h2>{t(TEXTS.why)}</h2>
          {found.rules.length === 0 && <p>{t(TEXTS.none)}</p>}
          {found.rules.map((rule) => (
            <p key={rule.rule} class={`rule tone-${rule.color}`}>
              <Shape color={shape(rule.color)} size={20} /> {rule.text}{" "}
              <span class="soft">
                {rule.rule} {rule.sources.map(authorityName).join("、")}
              </span>
            </p>
          ))}
        </section>
        {found.way_out !== null && (
          <section class="card" id="way-out">
            <h2>{t(TEXTS.way)}</h2>
            <p>{found.way_out.text}</p>
            <details open={found.way_out.steps.length <= FEW}>
              <summary>{t(TEXTS.steps, { n: found.way_out.steps.length })}</summary>
              <ul>
                {found.way_out.steps.map((step) => (
                  <li key={step.text}>{step.text}</li>
                ))}
              </ul>
            </details>
          </section>
        )}
      </div>
      <section class="card" id="known">
        <h2>{t(TEXTS.known)}</h2>
        <Table name="known" caption={TEXTS.known} rows={found.known} columns={COLUMNS} id={(row) => row.id ?? `${row.at} ${row.text}`} sort="at" down />
      </section>
      <section class="card" id="considered">
        <h2>{t(TEXTS.considered)}</h2>
        {found.considered === null && <p>{t(TEXTS.noPolicy)}</p>}
        {found.considered?.map((rule) => (
          <details key={rule.rule} open={rule.verdict === "holds"}>
            <summary>
              <b>{rule.rule}</b> {rule.reason_text} <span class="soft">{rule.text}</span>
            </summary>
            <Parts parts={[rule.condition]} />
          </details>
        ))}
      </section>
    </>
  );
}

function Parts(props: { parts: readonly Part[] }): JSX.Element {
  return (
    <ul class="parts">
      {props.parts.map((part) => (
        <li key={part.text} class={part.holds ? "holds" : ""}>
          <span aria-hidden="true">{part.holds ? "✓" : "✗"}</span> {part.text}
          {part.parts.length > 0 && <Parts parts={part.parts} />}
        </li>
      ))}
    </ul>
  );
}

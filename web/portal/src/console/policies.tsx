/** Policies: read in words, compared, changed as a draft, tried, put before a second officer with their date. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Fault } from "../shared/frame.tsx";
import { get, post } from "../shared/http.ts";
import { moment, t, type Text } from "../shared/lang.ts";
import { Draft } from "./draft.tsx";
import { Differences } from "./differences.tsx";
import { Ask } from "./dialog.tsx";
import { useLoaded } from "./load.ts";
import { address, open } from "./route.ts";
import { type Column, Table } from "./table.tsx";
import { Trial } from "./trial.tsx";
import { colorWord, named } from "./values.ts";

const TEXTS = {
  title: ["政策", "Policies"],
  lead: [
    "政策是数据：什么情况变什么色、多久、如何解除。改动先试算，再由两人复核，按时间生效。",
    "A policy is data: what makes which color, for how long, and what ends it. A change is tried, approved by two officers, and in force from its time.",
  ],
  list: ["本地区的政策", "The region's policies"],
  version: ["版本", "Version"],
  policy: ["政策", "Policy"],
  effective: ["生效", "From"],
  state: ["状态", "State"],
  by: ["来自", "By"],
  look: ["阅读", "Read"],
  inForce: ["现行", "in force"],
  later: ["待生效", "to come"],
  before: ["以前", "before"],
  passed: ["文件中的 {versions} 不会生效：已由工作人员另行安排。", "{versions} of the files never begins: officers put another in its place."],
  close: ["关闭", "Close"],
  rule: ["规则", "Rule"],
  color: ["码色", "Color"],
  when: ["条件", "When"],
  reason: ["本人看到的原因", "What the person reads"],
  hold: ["保持", "Held"],
  days: ["{n} 天", "{n} days"],
  asLong: ["情况存在期间", "as long as it is so"],
  release: ["解除条件", "Released by"],
  try: ["试算：此版本现在执行", "Try: this version now"],
  back: ["提出恢复此版本", "Propose it again"],
  question: ["提出恢复政策版本 {version}？", "Propose that version {version} is in force again?"],
  will: ["批准后此版本立即成为现行政策，所有人重新评定。先试算可知道谁会变色。", "Once approved this version is in force at once, and everybody is judged anew. Try it to know who would change color."],
  second: ["另一位工作人员批准后才会发生。", "Nothing happens until another officer approves."],
  proposed: ["已提出，等待另一位工作人员复核。", "Proposed: another officer has to approve it."],
  see: ["查看待复核事项", "See what waits"],
  draft: ["起草新版本", "Draft a new version"],
} satisfies Record<string, Text>;
const CHANGES: Readonly<Record<string, Text>> = {
  file: ["地区文件", "the region's files"],
  activation: ["两人启用", "two officers"],
  rollback: ["两人恢复", "two officers, again"],
};

interface Policy {
  readonly policy: string;
  readonly version: string;
  readonly effective: string;
  readonly in_force: boolean;
  readonly change: string;
}
interface Condition {
  readonly text: string;
  readonly parts: readonly Condition[];
}
interface Rule {
  readonly rule: string;
  readonly color: string;
  readonly reason: string;
  readonly hold_days: number | null;
  readonly release: Readonly<Record<string, unknown>> | null;
  readonly condition: Condition;
}
interface Words {
  readonly policy: string;
  readonly version: string;
  readonly effective: string;
  readonly rules: readonly Rule[];
  readonly text: string;
}

const said = (condition: Condition): string =>
  condition.parts.length === 0 ? condition.text : `${condition.text} (${condition.parts.map(said).join("; ")})`;

function stands(row: Policy, rows: readonly Policy[]): string {
  if (row.in_force) return t(TEXTS.inForce);
  const now = rows.find((each) => each.in_force);
  return t(now !== undefined && row.effective > now.effective ? TEXTS.later : TEXTS.before);
}

export function Policies(props: { argument: string }): JSX.Element {
  const { data, fault } = useLoaded(() => get<{ policies: readonly Policy[]; passed_over: readonly string[] }>("/v1/policies"), [], 15_000);
  const [proposed, setProposed] = useState(false);
  const rows = data?.policies ?? [];
  const columns: readonly Column<Policy>[] = [
    { key: "version", title: TEXTS.version, value: (row) => row.version, show: (row) => <a href={address("policies", row.version)}>{row.version}</a> },
    { key: "policy", title: TEXTS.policy, value: (row) => row.policy, choose: true },
    { key: "effective", title: TEXTS.effective, value: (row) => row.effective, time: true },
    { key: "state", title: TEXTS.state, value: (row) => stands(row, rows), choose: true },
    { key: "by", title: TEXTS.by, value: (row) => named(CHANGES, row.change), choose: true },
  ];
  return (
    <>
      <h1>{t(TEXTS.title)}</h1>
      <p class="soft">{t(TEXTS.lead)}</p>
      <Fault fault={fault} />
      {proposed && (
        <p class="card" role="status" id="proposed">
          ✓ {t(TEXTS.proposed)} <a href={address("proposals")}>{t(TEXTS.see)}</a>
        </p>
      )}
      <section class="card">
        {(data?.passed_over.length ?? 0) > 0 && <p>{t(TEXTS.passed, { versions: data?.passed_over.join(", ") ?? "" })}</p>}
        <Table name="policies" caption={TEXTS.list} rows={rows} columns={columns} id={(row) => `${row.version} ${row.effective}`} sort="effective" down />
      </section>
      {props.argument !== "" && <One key={props.argument} version={props.argument} onProposed={() => setProposed(true)} />}
      {rows.length > 0 && <Differences versions={[...new Set(rows.map((row) => row.version))]} />}
    </>
  );
}

function One(props: { version: string; onProposed: () => void }): JSX.Element {
  const { version } = props;
  const { data, fault } = useLoaded(() => get<Words>(`/v1/policies/${encodeURIComponent(version)}`), [version]);
  const [tried, setTried] = useState(false);
  const [asking, setAsking] = useState(false);
  const [drafting, setDrafting] = useState(false);
  if (data === null) return <Fault fault={fault} />;
  const columns: readonly Column<Rule>[] = [
    { key: "rule", title: TEXTS.rule, value: (row) => row.rule },
    { key: "color", title: TEXTS.color, value: (row) => colorWord(row.color), choose: true, show: (row) => <span class={`level tone-${row.color} toned`}>{colorWord(row.color)}</span> },
    { key: "when", title: TEXTS.when, value: (row) => said(row.condition) },
    { key: "hold", title: TEXTS.hold, value: (row) => (row.hold_days === null ? t(TEXTS.asLong) : t(TEXTS.days, { n: row.hold_days })) },
    { key: "release", title: TEXTS.release, value: (row) => (row.release === null ? "–" : plainly(row.release)) },
    { key: "reason", title: TEXTS.reason, value: (row) => row.reason },
  ];
  return (
    <section class="card" id="policy" aria-label={`${data.policy} ${data.version}`}>
      <div class="head">
        <h2>
          {data.policy} {data.version} <span class="soft">{moment(data.effective)}</span>
        </h2>
        <button type="button" class="quiet" id="try-policy" onClick={() => setTried(true)}>
          {t(TEXTS.try)}
        </button>
        <button type="button" class="quiet" onClick={() => setAsking(true)}>
          {t(TEXTS.back)}
        </button>
        <button type="button" class="quiet" id="draft" onClick={() => setDrafting(true)}>
          {t(TEXTS.draft)}
        </button>
        <button type="button" class="quiet" onClick={() => open("policies")}>
          {t(TEXTS.close)}
        </button>
      </div>
      {tried && <Trial body={{ version }} />}
      {drafting && <Draft start={data.text} onProposed={props.onProposed} onClose={() => setDrafting(false)} />}
      <Table name="rules" caption={TEXTS.rule} rows={data.rules} columns={columns} id={(row) => row.rule} />
      {asking && (
        <Ask
          title={t(TEXTS.question, { version })}
          act={t(TEXTS.back)}
          why={10}
          onClose={() => setAsking(false)}
          onDo={async (why) => {
            await post("/v1/policies/rollbacks", { version, why }, crypto.randomUUID());
            props.onProposed();
          }}
        >
          <ul>
            <li>{t(TEXTS.will)}</li>
            <li>{t(TEXTS.second)}</li>
          </ul>
        </Ask>
      )}
    </section>
  );
}

const CHECK_INS: Text = ["连续 {n} 天正常打卡", "normal check-ins on {n} days running"];
const TESTS: Text = ["{n} 次阴性", "{n} negative tests"];
const EITHER: Text = ["任一：{what}", "one of: {what}"];

function plainly(release: Readonly<Record<string, unknown>>): string {
  const found: string[] = [];
  const checkIns = release["check_ins"] as { streak?: number } | undefined;
  const tests = release["tests"] as { count?: number; negative?: number } | undefined;
  const any = release["any"] as readonly Record<string, unknown>[] | undefined;
  if (checkIns !== undefined) found.push(t(CHECK_INS, { n: checkIns.streak ?? 1 }));
  if (tests !== undefined) found.push(t(TESTS, { n: tests.count ?? tests.negative ?? 1 }));
  if (any !== undefined) found.push(t(EITHER, { what: any.map(plainly).join(" / ") }));
  return found.join("; ");
}

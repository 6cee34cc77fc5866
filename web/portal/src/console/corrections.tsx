/** Contested facts: what has least time left comes first; each is answered for the person, and what was wrong put right. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Fault } from "../shared/frame.tsx";
import { get, post } from "../shared/http.ts";
import { moment, span, t, type Text } from "../shared/lang.ts";
import { Ask } from "./dialog.tsx";
import { all, useLoaded } from "./load.ts";
import { address, open } from "./route.ts";
import { type Column, Table } from "./table.tsx";
import { named } from "./values.ts";

const TEXTS = {
  title: ["纠错", "Corrections"],
  lead: ["本人对事实有异议，须在 24 小时内答复；逾期上报上级。", "People contest facts, and are answered within 24 hours; later the supervisor is told."],
  list: ["待答复", "What waits"],
  left: ["剩余", "Left"],
  over: ["已超 {span}", "over by {span}"],
  category: ["异议", "Contested as"],
  kind: ["事实", "Fact"],
  subject: ["人员（化名）", "Person (pseudonym)"],
  asked: ["提出时间", "Asked"],
  due: ["期限", "Due"],
  look: ["办理", "Handle"],
  close: ["关闭", "Close"],
  person: ["打开个人页（需填写用途）", "Open the person's page (for a purpose)"],
  fact: ["条目", "Entry"],
  steps: ["经过", "What was done"],
  step: ["步骤", "Step"],
  by: ["由谁", "By"],
  note: ["说明", "Note"],
  at: ["时间", "Time"],
  uphold: ["异议成立", "Uphold"],
  reject: ["异议不成立", "Reject"],
  upholdQ: ["确认异议成立？", "Uphold this?"],
  rejectQ: ["确认异议不成立？", "Reject this?"],
  back: ["对应的名单条目或检测结果立即撤回，本人重新评定。", "The entry or the test is taken back at once, and the person is judged anew."],
  second: ["撤回人工决定还需另一位工作人员批准。", "That the decision is taken back still needs another officer."],
  stated: ["本人申报的内容由本人重新申报更正。", "What the person stated is put right by declaring again."],
  stays: ["事实保持不变，码色不变。", "The fact stays, and so does the color."],
  told: ["答复会原样给本人看，答复后不能更改。", "The person reads the answer as it is; it cannot be changed."],
  why: ["给本人的答复", "The answer to the person"],
  settled: ["已答复：{outcome}。{text}", "Answered: {outcome}. {text}"],
  reading: ["正在读取…", "Reading…"],
} satisfies Record<string, Text>;
const CATEGORIES: Readonly<Record<string, Text>> = {
  not_me: ["不是本人", "it is about somebody else"],
  wrong: ["内容有误", "what it says is wrong"],
  outdated: ["已解除或已过期", "it has ended"],
  not_there: ["未到过该地", "I was not there"],
  other: ["其他", "something else"],
};
const FACTS: Readonly<Record<string, Text>> = {
  listing: ["名单条目", "entry of a list"],
  test: ["检测结果", "test result"],
  decision: ["人工决定", "decision by hand"],
  statement: ["本人申报", "the person's statement"],
};
const OUTCOMES: Readonly<Record<string, Text>> = { upheld: ["成立", "upheld"], rejected: ["不成立", "rejected"] };

interface Correction {
  readonly id: string;
  readonly subject: string;
  readonly category: string;
  readonly fact: string;
  readonly kind: string;
  readonly asked_at: string;
  readonly due: string;
  readonly left_seconds: number;
  readonly outcome: string | null;
  readonly explanation: string | null;
}
interface Step {
  readonly step: string;
  readonly by: string;
  readonly note: string;
  readonly at: string;
}

const PATH = "/v1/corrections/inbox";
const left = (row: Correction): string =>
  row.left_seconds >= 0 ? span(row.left_seconds) : t(TEXTS.over, { span: span(-row.left_seconds) });

const COLUMNS: readonly Column<Correction>[] = [
  { key: "left", title: TEXTS.left, value: (row) => row.left_seconds, show: (row) => <b class={row.left_seconds < 14_400 ? "fault" : ""}>{left(row)}</b> },
  { key: "category", title: TEXTS.category, value: (row) => named(CATEGORIES, row.category), choose: true },
  { key: "kind", title: TEXTS.kind, value: (row) => named(FACTS, row.kind), choose: true },
  { key: "subject", title: TEXTS.subject, value: (row) => row.subject, show: (row) => `${row.subject.slice(0, 8)}…` },
  { key: "asked", title: TEXTS.asked, value: (row) => row.asked_at, time: true },
  { key: "due", title: TEXTS.due, value: (row) => row.due, time: true },
  { key: "look", title: TEXTS.look, value: () => "", show: (row) => <a href={address("corrections", row.id)}>{t(TEXTS.look)}</a> },
];
const STEPS: readonly Column<Step>[] = [
  { key: "at", title: TEXTS.at, value: (row) => row.at, time: true },
  { key: "step", title: TEXTS.step, value: (row) => row.step },
  { key: "by", title: TEXTS.by, value: (row) => row.by },
  { key: "note", title: TEXTS.note, value: (row) => row.note },
];

export function Corrections(props: { argument: string }): JSX.Element {
  const { data, fault, again } = useLoaded(() => all<Correction>(PATH, "corrections"), [], 10_000);
  return (
    <>
      <h1>{t(TEXTS.title)}</h1>
      <p class="soft">{t(TEXTS.lead)}</p>
      <Fault fault={fault} />
      {props.argument !== "" && <One key={props.argument} id={props.argument} again={again} />}
      <section class="card">
        {data === null ? (
          <p role="status">{t(TEXTS.reading)}</p>
        ) : (
          <Table name="corrections" caption={TEXTS.list} rows={data.items} more={data.more} columns={COLUMNS} id={(row) => row.id} sort="left" />
        )}
      </section>
    </>
  );
}

function One(props: { id: string; again: () => Promise<void> }): JSX.Element {
  const { data, fault, again } = useLoaded(() => get<Correction & { steps: readonly Step[] }>(`${PATH}/${props.id}`), [props.id]);
  const [outcome, setOutcome] = useState<"upheld" | "rejected" | null>(null);
  if (data === null) return <Fault fault={fault} />;
  const effect = data.kind === "decision" ? TEXTS.second : data.kind === "statement" ? TEXTS.stated : TEXTS.back;
  return (
    <section class="card" id="correction" data-outcome={data.outcome ?? ""} aria-label={t(TEXTS.title)}>
      <div class="head">
        <h2>
          {named(FACTS, data.kind)}：{named(CATEGORIES, data.category)} · {left(data)}
        </h2>
        <a href={address("person", data.subject)}>{t(TEXTS.person)}</a>
        <button type="button" class="quiet" onClick={() => open("corrections")}>
          {t(TEXTS.close)}
        </button>
      </div>
      <p class="soft">
        {t(TEXTS.fact)} <code>{data.fact}</code> · {t(TEXTS.due)} {moment(data.due)}
      </p>
      {data.outcome !== null && <p class="lead">{t(TEXTS.settled, { outcome: named(OUTCOMES, data.outcome), text: data.explanation ?? "" })}</p>}
      <Table name="steps" caption={TEXTS.steps} rows={data.steps} columns={STEPS} id={(row) => `${row.at} ${row.step}`} sort="at" />
      {data.outcome === null && (
        <div class="row">
          <button type="button" class="main" id="uphold" onClick={() => setOutcome("upheld")}>
            {t(TEXTS.uphold)}
          </button>
          <button type="button" class="second" id="refuse" onClick={() => setOutcome("rejected")}>
            {t(TEXTS.reject)}
          </button>
        </div>
      )}
      {outcome !== null && (
        <Ask
          title={t(outcome === "upheld" ? TEXTS.upholdQ : TEXTS.rejectQ)}
          act={t(outcome === "upheld" ? TEXTS.uphold : TEXTS.reject)}
          why={10}
          whyLabel={t(TEXTS.why)}
          onClose={() => setOutcome(null)}
          onDo={async (explanation) => {
            await post(`${PATH}/${data.id}/answer`, { outcome, explanation }, `answer-${data.id}`);
            await Promise.all([again(), props.again()]);
          }}
        >
          <ul>
            <li>{t(outcome === "upheld" ? effect : TEXTS.stays)}</li>
            <li>{t(TEXTS.told)}</li>
          </ul>
        </Ask>
      )}
    </section>
  );
}

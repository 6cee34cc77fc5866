/** A person's page: opened for a purpose that is put on record first; then why they have their color, facts, history. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { areas, wantAreas } from "../shared/areas.ts";
import { cell, useCell } from "../shared/cell.ts";
import { Choice, Field, TextField } from "../shared/field.tsx";
import { Fault } from "../shared/frame.tsx";
import { get, post } from "../shared/http.ts";
import { t, type Text } from "../shared/lang.ts";
import { Finding, type Found } from "./finding.tsx";
import { all, useLoaded } from "./load.ts";
import { open, route } from "./route.ts";
import { type Column, Table } from "./table.tsx";
import { colorWord } from "./values.ts";

const TEXTS = {
  title: ["个人", "A person"],
  why: ["为了什么查阅？", "What do you need to see it for?"],
  whyHint: ["机构和用途会记入记录，本人在自己的页面上可以看到。", "Authority and purpose are put on record, and the person reads them on their own page."],
  by: ["查找方式", "Find by"],
  document: ["证件号码", "Document"],
  pseudonym: ["化名", "Pseudonym"],
  type: ["证件类型", "Kind of document"],
  number: ["证件号码（不保存）", "Number (it is not kept)"],
  subject: ["化名（26 位）", "Pseudonym (26 letters)"],
  go: ["记入并打开", "Put on record and open"],
  need: ["请填写", "This is needed"],
  least: ["请至少写 4 个字。", "Write at least 4 characters."],
  close: ["关闭此页", "Close this page"],
  for: ["用途：{purpose}", "For: {purpose}"],
  past: ["历史评定", "Findings on record"],
  concluded: ["评定时间", "Concluded"],
  color: ["码色", "Color"],
  policy: ["政策", "Policy"],
  rules: ["规则", "Rules"],
  texts: ["原因", "Reasons"],
  then: ["当时的依据", "Why then"],
  nowAgain: ["回到现在", "Back to now"],
  reading: ["正在读取…", "Reading…"],
} satisfies Record<string, Text>;
const DOCUMENTS: Readonly<Record<string, Text>> = {
  resident_id: ["居民身份证", "resident identity card"],
  hmt_residence: ["港澳台居民居住证", "residence permit for Hong Kong, Macao and Taiwan residents"],
  hk_macao_permit: ["港澳居民来往内地通行证", "mainland travel permit, Hong Kong and Macao"],
  taiwan_permit: ["台湾居民来往大陆通行证", "mainland travel permit, Taiwan"],
  foreign_residence: ["外国人永久居留身份证", "foreign permanent resident identity card"],
  passport: ["护照", "passport"],
  birth_certificate: ["出生医学证明", "medical certificate of birth"],
  other: ["其他证件", "other document"],
};

/** Whose page was opened in this window, and for what. */
const opened = cell<{ subject: string; purpose: string } | null>(null);

export function Person(): JSX.Element {
  useCell(areas);
  useEffect(wantAreas, []);
  const at = useCell(route);
  const known = useCell(opened);
  useEffect(() => () => opened.set(null), []);
  if (known !== null && (at.argument === "" || at.argument === known.subject)) {
    return <Opened subject={known.subject} purpose={known.purpose} />;
  }
  return <Door subject={at.argument} />;
}

function Door(props: { subject: string }): JSX.Element {
  const [purpose, setPurpose] = useState("");
  const [by, setBy] = useState(props.subject === "" ? "document" : "pseudonym");
  const [kind, setKind] = useState("resident_id");
  const [number, setNumber] = useState("");
  const [subject, setSubject] = useState(props.subject);
  const [insist, setInsist] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const faults = {
    purpose: purpose.trim().length < 4 ? t(TEXTS.least) : "",
    who: (by === "document" ? number : subject).trim() === "" ? t(TEXTS.need) : "",
  };

  async function go(): Promise<void> {
    setInsist(true);
    if (faults.purpose || faults.who) return;
    const who = by === "document" ? { id_type: kind, id_number: number.trim() } : { subject: subject.trim() };
    try {
      const answer = await post<{ subject: string }>("/v1/portal/openings", { purpose: purpose.trim(), ...who });
      opened.set({ subject: answer.subject, purpose: purpose.trim() });
      open("person", answer.subject);
    } catch (failed) {
      setFault(failed);
    }
  }

  return (
    <>
      <h1>{t(TEXTS.title)}</h1>
      <form
        class="card narrow-form"
        id="opening"
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        <TextField label={t(TEXTS.why)} hint={t(TEXTS.whyHint)} name="purpose" value={purpose} fault={faults.purpose} insist={insist} onInput={setPurpose} />
        <Choice
          name="by"
          legend={t(TEXTS.by)}
          options={[["document", t(TEXTS.document)], ["pseudonym", t(TEXTS.pseudonym)]]}
          value={by}
          fault=""
          onChange={setBy}
        />
        {by === "document" ? (
          <div class="row">
            <Field label={t(TEXTS.type)} fault="" insist={false}>
              {(inner) => (
                <select {...inner} name="id-type" value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
                  {Object.entries(DOCUMENTS).map(([value, text]) => (
                    <option key={value} value={value}>
                      {t(text)}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <TextField label={t(TEXTS.number)} name="id-number" value={number} fault={faults.who} insist={insist} autoComplete="off" onInput={setNumber} />
          </div>
        ) : (
          <TextField label={t(TEXTS.subject)} name="subject" value={subject} fault={faults.who} insist={insist} autoComplete="off" onInput={setSubject} />
        )}
        <Fault fault={fault} />
        <button type="submit" class="main" id="open">
          {t(TEXTS.go)}
        </button>
      </form>
    </>
  );
}

interface Past {
  readonly sequence: number;
  readonly reviewed_at: string;
  readonly color: string;
  readonly policy_version: string;
  readonly rules: readonly string[];
  readonly texts: readonly string[];
}

function Opened(props: { subject: string; purpose: string }): JSX.Element {
  const [then, setThen] = useState("");
  const path = `/v1/subjects/${props.subject}`;
  const at = then === "" ? "" : `?at=${encodeURIComponent(then)}`;
  const found = useLoaded(() => get<Found>(`${path}/finding${at}`), [path, at]);
  const past = useLoaded(() => all<Past>(`${path}/findings`, "findings"), [path]);
  const columns: readonly Column<Past>[] = [
    { key: "at", title: TEXTS.concluded, value: (row) => row.reviewed_at, time: true },
    { key: "color", title: TEXTS.color, value: (row) => colorWord(row.color), choose: true },
    { key: "texts", title: TEXTS.texts, value: (row) => row.texts.join("; ") },
    { key: "rules", title: TEXTS.rules, value: (row) => row.rules.join(", ") },
    { key: "policy", title: TEXTS.policy, value: (row) => row.policy_version, choose: true },
    {
      key: "then",
      title: TEXTS.then,
      value: () => "",
      show: (row) => (
        <button type="button" class="quiet" onClick={() => setThen(row.reviewed_at)}>
          {t(TEXTS.then)}
        </button>
      ),
    },
  ];
  return (
    <>
      <div class="head">
        <h1>
          {t(TEXTS.title)} <code>{props.subject.slice(0, 8)}…</code>
        </h1>
        <span class="soft">{t(TEXTS.for, { purpose: props.purpose })}</span>
        {then !== "" && (
          <button type="button" class="quiet strong" onClick={() => setThen("")}>
            {t(TEXTS.nowAgain)}
          </button>
        )}
        <button
          type="button"
          class="quiet"
          onClick={() => {
            opened.set(null);
            open("person");
          }}
        >
          {t(TEXTS.close)}
        </button>
      </div>
      <Fault fault={found.fault} />
      {found.data === null ? found.fault === null && <p role="status">{t(TEXTS.reading)}</p> : <Finding found={found.data} />}
      <section class="card" id="past">
        <h2>{t(TEXTS.past)}</h2>
        <Fault fault={past.fault} />
        {past.data !== null && (
          <Table name="past" caption={TEXTS.past} rows={past.data.items} more={past.data.more} columns={columns} id={(row) => String(row.sequence)} sort="at" down />
        )}
      </section>
    </>
  );
}


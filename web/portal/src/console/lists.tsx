/** The authority's entries of control lists: found, entered, imported, taken back. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { authorityName, wantAreas } from "../shared/areas.ts";
import { Fault } from "../shared/frame.tsx";
import { post } from "../shared/http.ts";
import { moment, t, type Text } from "../shared/lang.ts";
import { now } from "../shared/region.ts";
import { Ask } from "./dialog.tsx";
import { Import } from "./import.tsx";
import { lines, useLoaded } from "./load.ts";
import { address } from "./route.ts";
import { type Column, Table } from "./table.tsx";
import { CATEGORIES, named } from "./values.ts";

const TEXTS = {
  title: ["重点人员名单", "Control lists"],
  lead: [
    "本机构录入的全部条目。名单里没有姓名和证件号码，只有化名。",
    "All entries of your authority. There are no names and no document numbers here, pseudonyms alone.",
  ],
  import: ["导入 CSV", "Import CSV"],
  withdraw: ["撤回所选 {n} 条", "Withdraw {n} selected"],
  entry: ["条目", "Entry"],
  person: ["人员（化名）", "Person (pseudonym)"],
  category: ["类别", "Category"],
  evidence: ["依据", "Evidence"],
  from: ["生效", "From"],
  until: ["截止", "Until"],
  open: ["未定", "open"],
  state: ["状态", "State"],
  recorded: ["录入时间", "Entered"],
  reading: ["正在读取…", "Reading…"],
  question: ["撤回 {n} 条名单条目？", "Withdraw {n} entries?"],
  yes: ["撤回", "Withdraw"],
  people: [
    "{people} 人（{what}）将立即重新评定：没有其他依据的，码色会放宽。",
    "{people} people ({what}) are judged anew at once: whoever has nothing else against them gets a laxer color.",
  ],
  never: [
    "撤回表示条目从一开始就不成立。条目和撤回都会留在记录里，本人能看到；不能再恢复，只能重新录入。",
    "Withdrawn means that it was never right. Entry and withdrawal stay on record, and the person sees both; it cannot be undone, only entered again.",
  ],
  ends: [
    "如果条目曾经成立、现在到期，请改截止时间，不要撤回。",
    "If it was right and is over now, change its end instead.",
  ],
} satisfies Record<string, Text>;

const STANDS: Readonly<Record<string, Text>> = {
  valid: ["有效", "in force"],
  later: ["未生效", "not yet"],
  over: ["已到期", "over"],
  withdrawn: ["已撤回", "withdrawn"],
};

interface Entry {
  readonly entry: string;
  readonly subject: string;
  readonly category: string;
  readonly evidence: string;
  readonly source: string;
  readonly valid_from: string;
  readonly valid_until: string | null;
  readonly recorded_at: string;
  readonly withdrawn: boolean;
}

function stands(row: Entry): string {
  if (row.withdrawn) return "withdrawn";
  if (Date.parse(row.valid_from) > now()) return "later";
  return row.valid_until !== null && Date.parse(row.valid_until) <= now() ? "over" : "valid";
}

const PATH = "/v1/lists/entries";
const COLUMNS: readonly Column<Entry>[] = [
  { key: "subject", title: TEXTS.person, value: (row) => row.subject, show: (row) => <a href={address("person", row.subject)}>{row.subject.slice(0, 8)}…</a> },
  { key: "category", title: TEXTS.category, value: (row) => named(CATEGORIES, row.category), choose: true },
  { key: "evidence", title: TEXTS.evidence, value: (row) => row.evidence },
  { key: "from", title: TEXTS.from, value: (row) => row.valid_from, time: true },
  { key: "until", title: TEXTS.until, value: (row) => row.valid_until, time: true, show: (row) => (row.valid_until ? moment(row.valid_until) : t(TEXTS.open)) },
  { key: "state", title: TEXTS.state, value: (row) => named(STANDS, stands(row)), choose: true },
  { key: "recorded", title: TEXTS.recorded, value: (row) => row.recorded_at, time: true },
];

export function Lists(props: { authority: string }): JSX.Element {
  useEffect(wantAreas, []);
  const { data, fault, again } = useLoaded(() => lines<Entry>(`${PATH}/export`), []);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState(false);
  const [importing, setImporting] = useState(false);
  const chosen = (data?.items ?? []).filter((row) => marked.has(row.entry) && !row.withdrawn);
  return (
    <>
      <h1>{t(TEXTS.title)}</h1>
      <p class="soft">
        {t(TEXTS.lead)} <b>{authorityName(props.authority)}</b>
      </p>
      <Fault fault={fault} />
      {importing && <Import onDone={again} onClose={() => setImporting(false)} />}
      <section class="card">
        {data === null ? (
          <p role="status">{t(TEXTS.reading)}</p>
        ) : (
          <Table
            name="lists"
            caption={TEXTS.title}
            rows={data.items}
            more={data.more}
            columns={COLUMNS}
            id={(row) => row.entry}
            sort="recorded"
            down
            marked={marked}
            onMark={setMarked}
            canMark={(row) => !row.withdrawn}
            tools={
              <>
                <button type="button" class="quiet strong" id="import" onClick={() => setImporting(true)}>
                  {t(TEXTS.import)}
                </button>
                <button type="button" class="quiet" id="withdraw" disabled={chosen.length === 0} onClick={() => setAsking(true)}>
                  {t(TEXTS.withdraw, { n: chosen.length })}
                </button>
              </>
            }
          />
        )}
      </section>
      {asking && (
        <Ask
          title={t(TEXTS.question, { n: chosen.length })}
          act={t(TEXTS.yes)}
          onClose={() => setAsking(false)}
          onDo={async () => {
            for (const row of chosen) await post(`${PATH}/${row.entry}/withdrawal`, undefined, `withdraw-${row.entry}`);
            setMarked(new Set());
            await again();
          }}
        >
          <ul>
            <li>
              {t(TEXTS.people, {
                people: new Set(chosen.map((row) => row.subject)).size,
                what: [...new Set(chosen.map((row) => named(CATEGORIES, row.category)))].join("、"),
              })}
            </li>
            <li>{t(TEXTS.never)}</li>
            <li>{t(TEXTS.ends)}</li>
          </ul>
        </Ask>
      )}
    </>
  );
}

/** Many entries from a file of CSV: what would become of each line first, then they are entered. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import { Fault } from "../shared/frame.tsx";
import { ask } from "../shared/http.ts";
import { t, type Text } from "../shared/lang.ts";
import { download, type Part, parts, written } from "./csv.ts";
import { type Column, Table } from "./table.tsx";

const TEXTS = {
  title: ["导入 CSV", "Import CSV"],
  how: [
    "第一行是列名：id_type, id_number, category, valid_from, valid_until, evidence（UTF-8）。先逐行检查，什么都不录入。",
    "The first line names the columns: id_type, id_number, category, valid_from, valid_until, evidence (UTF-8). Every line is checked first, and nothing is entered.",
  ],
  sample: ["下载示例", "Download a sample"],
  file: ["选择文件", "Choose a file"],
  checking: ["正在检查 {n} / {all} 行…", "Checking {n} of {all} lines…"],
  entering: ["正在录入 {n} / {all} 行…", "Entering {n} of {all} lines…"],
  would: ["{ok} 行可以录入，{bad} 行有误。", "{ok} lines can be entered, {bad} are wrong."],
  done: ["已录入 {ok} 行，{bad} 行被拒绝。", "{ok} lines were entered, {bad} refused."],
  will: [
    "录入后，这些人会立即重新评定；同一文件再次导入不会重复录入。有误的行不会录入，请改正后再导入。",
    "Once entered, these people are judged anew at once; the same file again enters nothing twice. Wrong lines are left out: mend them and import again.",
  ],
  enter: ["录入 {ok} 行", "Enter {ok} lines"],
  close: ["关闭", "Close"],
  empty: ["文件里没有条目。", "There is no entry in the file."],
  faults: ["有误的行", "Wrong lines"],
  line: ["行", "Line"],
  field: ["字段", "Field"],
  detail: ["问题", "What is wrong"],
} satisfies Record<string, Text>;

const SIZE = 1000;
const HEADER = ["id_type", "id_number", "category", "valid_from", "valid_until", "evidence"];
const SAMPLE = ["resident_id", "11010519491231002X", "close_contact", "2020-02-11T00:00:00+08:00", "", "疾控〔2020〕17号"];

interface Line {
  readonly line: number;
}
interface Wrong {
  readonly line: number;
  readonly field: string;
  readonly detail: string;
}
interface Bulk {
  readonly accepted: readonly Line[];
  readonly refused: readonly (Line & { readonly errors: readonly { readonly detail: string; readonly pointer?: string | null }[] })[];
}
interface Verdict {
  readonly preview: boolean;
  readonly ok: number;
  readonly bad: number;
  readonly wrong: readonly Wrong[];
}

const COLUMNS: readonly Column<Wrong>[] = [
  { key: "line", title: TEXTS.line, value: (row) => row.line, number: true },
  { key: "field", title: TEXTS.field, value: (row) => row.field, choose: true },
  { key: "detail", title: TEXTS.detail, value: (row) => row.detail },
];

export function Import(props: { onDone: () => Promise<void>; onClose: () => void }): JSX.Element {
  const [cut, setCut] = useState<readonly Part[]>([]);
  const digest = useRef("");
  const [passed, setPassed] = useState<number | null>(null);
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const total = cut.reduce((sum, part) => sum + part.lines.size, 0);

  async function send(found: readonly Part[], preview: boolean): Promise<void> {
    setFault(null);
    setPassed(0);
    let ok = 0;
    const wrong = new Map<number, Wrong[]>();
    try {
      for (const [number, part] of found.entries()) {
        const key = `${preview ? "preview" : "import"}-${digest.current}-${number}`;
        const { data } = await ask<Bulk>("POST", `/v1/lists/entries/bulk${preview ? "?preview=true" : ""}`, { csv: part.content, key });
        ok += data.accepted.length;
        for (const each of data.refused) wrong.set(part.lines.get(each.line) ?? each.line, told(part, each));
        setPassed((before) => (before ?? 0) + part.lines.size);
      }
      setVerdict({ preview, ok, bad: wrong.size, wrong: [...wrong.values()].flat() });
      if (!preview) await props.onDone();
    } catch (failed) {
      setFault(failed);
    } finally {
      setPassed(null);
    }
  }

  async function choose(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    const content = await file.arrayBuffer();
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
    digest.current = [...hash.slice(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const found = parts(new TextDecoder().decode(content), SIZE);
    setCut(found);
    setVerdict(null);
    if (found.length > 0) await send(found, true);
    else setVerdict({ preview: true, ok: 0, bad: 0, wrong: [] });
  }

  return (
    <section class="card" id="importing" aria-label={t(TEXTS.title)}>
      <div class="head">
        <h2>{t(TEXTS.title)}</h2>
        <button type="button" class="quiet" onClick={() => download("sample.csv", written(HEADER, [SAMPLE]))}>
          {t(TEXTS.sample)}
        </button>
        <button type="button" class="quiet" onClick={props.onClose}>
          {t(TEXTS.close)}
        </button>
      </div>
      <p class="soft">{t(TEXTS.how)}</p>
      <label class="file">
        <b>{t(TEXTS.file)}</b>{" "}
        <input type="file" accept=".csv,text/csv" disabled={passed !== null} onChange={(event) => void choose(event.currentTarget.files?.[0])} />
      </label>
      <Fault fault={fault} />
      <div role="status">
        {passed !== null && <p>{t(verdict === null ? TEXTS.checking : TEXTS.entering, { n: passed, all: total })}</p>}
        {verdict !== null && passed === null && <p class="lead">{summary(verdict)}</p>}
      </div>
      {verdict?.preview === true && verdict.ok > 0 && passed === null && (
        <>
          <p>{t(TEXTS.will)}</p>
          <button type="button" class="main" id="enter" onClick={() => void send(cut, false)}>
            {t(TEXTS.enter, { ok: verdict.ok })}
          </button>
        </>
      )}
      {verdict !== null && verdict.wrong.length > 0 && (
        <Table name="faults" caption={TEXTS.faults} rows={verdict.wrong} columns={COLUMNS} id={(row) => `${row.line}-${row.field}`} sort="line" />
      )}
    </section>
  );
}

function summary(verdict: Verdict): string {
  if (verdict.ok + verdict.bad === 0) return t(TEXTS.empty);
  return t(verdict.preview ? TEXTS.would : TEXTS.done, { ok: verdict.ok, bad: verdict.bad });
}

function told(part: Part, refused: Bulk["refused"][number]): Wrong[] {
  const line = part.lines.get(refused.line) ?? refused.line;
  return refused.errors.map((error) => ({ line, field: (error.pointer ?? "").replace(/^#?\//, ""), detail: error.detail }));
}

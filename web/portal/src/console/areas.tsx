/** Levels of areas: seen on a map and in a table, tried, proposed; another officer approves. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { areaName, areas, wantAreas } from "../shared/areas.ts";
import { useCell } from "../shared/cell.ts";
import { Fault } from "../shared/frame.tsx";
import { post, put } from "../shared/http.ts";
import { t, type Text } from "../shared/lang.ts";
import { now, region } from "../shared/region.ts";
import { AreaForm, type Wanted } from "./areaform.tsx";
import { Ask } from "./dialog.tsx";
import { lines, useLoaded } from "./load.ts";
import { AreaMap } from "./map.tsx";
import { address } from "./route.ts";
import { type Column, Table } from "./table.tsx";
import { LEVELS, named } from "./values.ts";

const TEXTS = {
  title: ["风险区", "Areas"],
  lead: [
    "本机构划定的风险区。任何调整都由一人提出、另一人复核后才生效。",
    "The levels that your authority has set. Every change is proposed by one officer and counts once another approves it.",
  ],
  map: ["地图", "Map"],
  table: ["条目", "Entries"],
  add: ["调整风险等级", "Change a level"],
  area: ["地区", "Area"],
  code: ["代码", "Code"],
  level: ["等级", "Level"],
  from: ["生效", "From"],
  until: ["截止", "Until"],
  state: ["状态", "State"],
  evidence: ["依据", "Evidence"],
  change: ["更改", "Change"],
  act: ["办理", "Act"],
  proposed: ["已提出，等待另一位工作人员复核。", "Proposed: another officer has to approve it."],
  see: ["查看待复核事项", "See what waits"],
  withdraw: ["撤回", "Withdraw"],
  question: ["提出撤回 {area} 的 {level}？", "Propose to take back {level} of {area}?"],
  never: [
    "撤回表示该等级从一开始就不成立：曾到过该地区的人会重新评定，码色可能放宽。如果只是现在结束，请用“更改”设定截止时间。",
    "Withdrawn means that it was never right: everybody who was there is judged anew and may get a laxer color. If it only ends now, change its end instead.",
  ],
  second: ["另一位工作人员批准后才会发生。", "Nothing happens until another officer approves."],
  reading: ["正在读取…", "Reading…"],
} satisfies Record<string, Text>;
const STANDS: Readonly<Record<string, Text>> = {
  valid: ["有效", "in force"],
  later: ["未生效", "not yet"],
  over: ["已到期", "over"],
  withdrawn: ["已撤回", "withdrawn"],
};

export interface Entry {
  readonly entry: string;
  readonly area: string;
  readonly level: string;
  readonly evidence: string;
  readonly valid_from: string;
  readonly valid_until: string | null;
  readonly withdrawn: boolean;
}

function stands(row: Entry): string {
  if (row.withdrawn) return "withdrawn";
  if (Date.parse(row.valid_from) > now()) return "later";
  return row.valid_until !== null && Date.parse(row.valid_until) <= now() ? "over" : "valid";
}

const PATH = "/v1/areas";

export function Areas(): JSX.Element {
  useCell(areas);
  useEffect(wantAreas, []);
  const about = useCell(region);
  const { data, fault, again } = useLoaded(() => lines<Entry>(`${PATH}/export`), []);
  const [province, setProvince] = useState("");
  const [form, setForm] = useState<Entry | "new" | null>(null);
  const [back, setBack] = useState<Entry | null>(null);
  const [proposed, setProposed] = useState(false);
  const home = `${(about?.region ?? "11").slice(0, 2)}0000`;

  async function done(): Promise<void> {
    setForm(null);
    setProposed(true);
    await again();
  }
  async function propose(wanted: Wanted, why: string): Promise<void> {
    const { entry, ...body } = wanted;
    if (entry === undefined) await post(PATH, { ...body, why }, crypto.randomUUID());
    else await put(`${PATH}/${entry}`, { ...body, why }, crypto.randomUUID());
    await done();
  }

  const columns: Column<Entry>[] = [
    { key: "area", title: TEXTS.area, value: (row) => areaName(row.area) },
    { key: "code", title: TEXTS.code, value: (row) => row.area },
    { key: "level", title: TEXTS.level, value: (row) => named(LEVELS, row.level), choose: true, show: (row) => <span class={`level level-${row.level}`}>{named(LEVELS, row.level)}</span> },
    { key: "state", title: TEXTS.state, value: (row) => named(STANDS, stands(row)), choose: true },
    { key: "from", title: TEXTS.from, value: (row) => row.valid_from, time: true },
    { key: "until", title: TEXTS.until, value: (row) => row.valid_until, time: true },
    { key: "evidence", title: TEXTS.evidence, value: (row) => row.evidence },
    { key: "act", title: TEXTS.act, value: () => "", show: (row) => <Acts row={row} onChange={setForm} onBack={setBack} /> },
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
      {form !== null && (
        <AreaForm
          key={form === "new" ? "new" : form.entry}
          start={form === "new" ? null : form}
          province={province || home}
          onPropose={propose}
          onClose={() => setForm(null)}
        />
      )}
      {data === null ? (
        <p role="status">{t(TEXTS.reading)}</p>
      ) : (
        <>
          <section class="card" aria-label={t(TEXTS.map)}>
            <AreaMap levels={data.items.filter((row) => stands(row) === "valid")} province={province || home} onProvince={setProvince} />
          </section>
          <section class="card">
            <Table
              name="areas"
              caption={TEXTS.table}
              rows={data.items}
              more={data.more}
              columns={columns}
              id={(row) => row.entry}
              sort="from"
              down
              tools={
                <button type="button" class="quiet strong" id="change-level" onClick={() => setForm("new")}>
                  {t(TEXTS.add)}
                </button>
              }
            />
          </section>
        </>
      )}
      {back !== null && (
        <Ask
          title={t(TEXTS.question, { area: areaName(back.area), level: named(LEVELS, back.level) })}
          act={t(TEXTS.withdraw)}
          why={10}
          onClose={() => setBack(null)}
          onDo={async (why) => {
            await post(`${PATH}/${back.entry}/withdrawal`, { why }, crypto.randomUUID());
            await done();
          }}
        >
          <ul>
            <li>{t(TEXTS.never)}</li>
            <li>{t(TEXTS.second)}</li>
          </ul>
        </Ask>
      )}
    </>
  );
}

function Acts(props: { row: Entry; onChange: (row: Entry) => void; onBack: (row: Entry) => void }): JSX.Element | null {
  if (props.row.withdrawn) return null;
  return (
    <span class="acts">
      <button type="button" class="quiet" onClick={() => props.onChange(props.row)}>
        {t(TEXTS.change)}
      </button>
      <button type="button" class="quiet" onClick={() => props.onBack(props.row)}>
        {t(TEXTS.withdraw)}
      </button>
    </span>
  );
}

/** A level that is wanted: tried first, so that its effect is known, then proposed. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { AreaPick } from "../shared/areapick.tsx";
import { areaName } from "../shared/areas.ts";
import { Choice, Field, TextField } from "../shared/field.tsx";
import { moment, t, type Text } from "../shared/lang.ts";
import { now } from "../shared/region.ts";
import { fromLocal, toLocal } from "./when.ts";
import { Ask } from "./dialog.tsx";
import { type Simulation, Trial } from "./trial.tsx";
import { LEVELS, named } from "./values.ts";

const TEXTS = {
  title: ["调整风险等级", "Change a level"],
  code: ["或填代码（可细到街道）", "Or its code (as fine as a street)"],
  level: ["新等级", "New level"],
  from: ["生效时间", "From"],
  until: ["截止时间（可空）", "Until (may be empty)"],
  evidence: ["依据（文件或案件）", "Evidence (document or case)"],
  try: ["试算影响", "Try it"],
  propose: ["提出…", "Propose…"],
  first: ["先试算，再提出。", "Try it first, then propose it."],
  close: ["关闭", "Close"],
  need: ["请填写", "This is needed"],
  bad: ["6、9 或 12 位数字", "6, 9 or 12 digits"],
  question: ["提出将 {area} 划为{level}？", "Propose {level} for {area}?"],
  will: [
    "批准后自 {from} 起，按试算会有 {n} 人变色；曾到过该地区的人都会收到重新评定。",
    "Once approved, from {from} on, {n} people would change color by the trial; everybody who was there is judged anew.",
  ],
  second: ["另一位工作人员批准后才会发生。", "Nothing happens until another officer approves."],
} satisfies Record<string, Text>;

export interface Wanted {
  readonly entry?: string;
  readonly area: string;
  readonly level: string;
  readonly valid_from: string;
  readonly valid_until?: string;
  readonly evidence: string;
}

interface Start {
  readonly entry: string;
  readonly area: string;
  readonly level: string;
  readonly evidence: string;
  readonly valid_from: string;
  readonly valid_until: string | null;
}

export function AreaForm(props: {
  start: Start | null;
  province: string;
  onPropose: (wanted: Wanted, why: string) => Promise<void>;
  onClose: () => void;
}): JSX.Element {
  const { start } = props;
  const [area, setArea] = useState(start?.area ?? "");
  const [level, setLevel] = useState(start?.level ?? "high");
  const [from, setFrom] = useState(toLocal(start === null ? now() : Date.parse(start.valid_from)));
  const [until, setUntil] = useState(start?.valid_until ? toLocal(Date.parse(start.valid_until)) : "");
  const [evidence, setEvidence] = useState(start?.evidence ?? "");
  const [insist, setInsist] = useState(false);
  const [tried, setTried] = useState<Wanted | null>(null);
  const [result, setResult] = useState<Simulation | null>(null);
  const [asking, setAsking] = useState(false);
  const faults = {
    area: /^\d{6}(\d{3}){0,2}$/.test(area) ? "" : t(area === "" ? TEXTS.need : TEXTS.bad),
    from: from === "" ? t(TEXTS.need) : "",
    evidence: evidence.trim() === "" ? t(TEXTS.need) : "",
  };
  const wanted: Wanted = {
    ...(start === null ? {} : { entry: start.entry }),
    area,
    level,
    valid_from: from === "" ? "" : fromLocal(from),
    ...(until === "" ? {} : { valid_until: fromLocal(until) }),
    evidence: evidence.trim(),
  };
  const isTried = tried !== null && JSON.stringify(tried) === JSON.stringify(wanted) && result?.state === "done";

  function tryIt(): void {
    setInsist(true);
    if (Object.values(faults).some((fault) => fault !== "")) return;
    setResult(null);
    setTried(wanted);
  }

  return (
    <section class="card" id="level-form" aria-label={t(TEXTS.title)}>
      <h2>{t(TEXTS.title)}</h2>
      {start === null ? (
        <>
          <AreaPick name="area" value={area.slice(0, 6)} start={props.province} fault={faults.area} insist={insist} onChange={setArea} />
          <TextField label={t(TEXTS.code)} name="code" value={area} inputMode="numeric" fault={faults.area} insist={insist} onInput={setArea} />
        </>
      ) : (
        <p class="lead">
          {areaName(area)} {area}
        </p>
      )}
      <Choice
        name="level"
        legend={t(TEXTS.level)}
        options={Object.entries(LEVELS).map(([value, text]) => [value, t(text)] as const)}
        value={level}
        fault=""
        onChange={setLevel}
      />
      <div class="row">
        <When label={t(TEXTS.from)} name="from" value={from} fault={faults.from} insist={insist} onInput={setFrom} />
        <When label={t(TEXTS.until)} name="until" value={until} fault="" insist={insist} onInput={setUntil} />
      </div>
      <TextField label={t(TEXTS.evidence)} name="evidence" value={evidence} fault={faults.evidence} insist={insist} onInput={setEvidence} />
      <div class="row">
        <button type="button" class="main" id="try" onClick={tryIt}>
          {t(TEXTS.try)}
        </button>
        <button type="button" class="second" id="propose" disabled={!isTried} onClick={() => setAsking(true)}>
          {t(TEXTS.propose)}
        </button>
        <button type="button" class="second" onClick={props.onClose}>
          {t(TEXTS.close)}
        </button>
        {!isTried && <span class="soft">{t(TEXTS.first)}</span>}
      </div>
      {tried !== null && <Trial body={{ areas: [tried] }} onDone={setResult} />}
      {asking && result !== null && (
        <Ask
          title={t(TEXTS.question, { area: areaName(area), level: named(LEVELS, level) })}
          act={t(TEXTS.propose)}
          why={10}
          onClose={() => setAsking(false)}
          onDo={(why) => props.onPropose(wanted, why)}
        >
          <ul>
            <li>{t(TEXTS.will, { from: moment(wanted.valid_from), n: result.result.changed })}</li>
            <li>{t(TEXTS.second)}</li>
          </ul>
        </Ask>
      )}
    </section>
  );
}

function When(props: {
  label: string;
  name: string;
  value: string;
  fault: string;
  insist: boolean;
  onInput: (value: string) => void;
}): JSX.Element {
  return (
    <Field label={props.label} fault={props.fault} insist={props.insist}>
      {(inner) => (
        <input
          {...inner}
          type="datetime-local"
          name={props.name}
          value={props.value}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

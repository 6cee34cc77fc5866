/** The four steps of a declaration. */

import type { JSX } from "preact";

import { areaName } from "../shared/areas.ts";
import { AreaPick } from "../shared/areapick.tsx";
import { useCell } from "../shared/cell.ts";
import { Choice, TextField } from "../shared/field.tsx";
import { isoDay, t, type Text } from "../shared/lang.ts";
import { now, region } from "../shared/region.ts";
import { identity } from "../shared/session.ts";
import type { StepProps } from "./declare.tsx";
import { fault, type Stay } from "./draft.ts";
import { Symptoms } from "./symptoms.tsx";

const TEXTS = {
  name: ["姓名", "Name"],
  number: ["身份证号码", "Resident identity number"],
  vouched: ["已由身份认证核实", "Verified by your sign-in"],
  phone: ["电话号码", "Phone number"],
  address: ["详细地址", "Street and house"],
  temperature: ["体温（°C，可不填）", "Temperature (°C, if you have taken it)"],
  well: ["您今天身体怎么样？", "How are you today?"],
  fine: ["很好，没有症状", "Well, no symptoms"],
  ill: ["不舒服", "Not well"],
  contact: ["近 14 天接触过确诊或疑似病例吗？", "In the last 14 days, were you in contact with a confirmed or suspected case?"],
  away: ["近 14 天去过外省市吗？", "In the last 14 days, were you in another province?"],
  yes: ["是", "Yes"],
  no: ["否", "No"],
  stay: ["第 {n} 个地方", "Place {n}"],
  from: ["到达日期", "From"],
  until: ["离开日期", "Until"],
  more: ["再加一个地方", "One more place"],
  remove: ["删除", "Remove"],
  promise: ["我承诺以上内容真实。", "I promise that all this is true."],
  health: ["健康", "Health"],
  none: ["无症状", "No symptoms"],
} satisfies Record<string, Text>;
const DAY_MS = 86_400_000;
const MOST_STAYS = 10;

export function WhoStep({ draft, insist, change }: StepProps): JSX.Element {
  const who = useCell(identity);
  const vouched = t(TEXTS.vouched);
  return (
    <>
      <TextField
        name="name" autoComplete="name" label={t(TEXTS.name)} value={draft.name} readOnly={who?.name != null}
        fault={fault(draft, "name")} insist={insist} onInput={(name) => change({ name })}
        {...(who?.name != null ? { hint: vouched } : {})}
      />
      <TextField
        name="id-number" label={t(TEXTS.number)} value={draft.idNumber} readOnly={who?.idNumber != null}
        fault={fault(draft, "idNumber")} insist={insist} onInput={(typed) => change({ idNumber: typed.trim().toUpperCase() })}
        {...(who?.idNumber != null ? { hint: vouched } : {})}
      />
      <TextField
        name="phone" type="tel" inputMode="tel" autoComplete="tel" label={t(TEXTS.phone)} value={draft.phone}
        fault={fault(draft, "phone")} insist={insist} onInput={(phone) => change({ phone })}
      />
    </>
  );
}

export function HomeStep({ draft, insist, change }: StepProps): JSX.Element {
  const here = useCell(region)?.region ?? "330000";
  return (
    <>
      <AreaPick
        name="residence" value={draft.residence} start={here === "100000" ? "110000" : here}
        fault={fault(draft, "residence")} insist={insist} onChange={(residence) => change({ residence })}
      />
      <TextField
        name="address" autoComplete="street-address" label={t(TEXTS.address)} value={draft.address}
        fault={fault(draft, "address")} insist={insist} onInput={(address) => change({ address })}
      />
    </>
  );
}

export function HealthStep({ draft, insist, change }: StepProps): JSX.Element {
  const shown = (field: "well" | "contact" | "away" | "stays" | "symptoms"): string => (insist ? fault(draft, field) : "");
  const yesNo = [["no", t(TEXTS.no)], ["yes", t(TEXTS.yes)]] as const; // prettier-ignore
  const well = [["yes", t(TEXTS.fine)], ["no", t(TEXTS.ill)]] as const; // prettier-ignore
  return (
    <>
      <Choice
        name="well" legend={t(TEXTS.well)} options={well} value={draft.well} fault={shown("well")}
        onChange={(value) => change({ well: value as "yes" | "no", symptoms: [] })}
      />
      {draft.well === "no" && (
        <>
          <Symptoms chosen={draft.symptoms} onChange={(symptoms) => change({ symptoms })} />
          {shown("symptoms") !== "" && <small class="fault">{shown("symptoms")}</small>}
        </>
      )}
      <TextField
        name="temperature" inputMode="decimal" label={t(TEXTS.temperature)} value={draft.temperature}
        fault={fault(draft, "temperature")} insist={insist}
        onInput={(typed) => change({ temperature: typed.trim().replace(",", ".") })}
      />
      <Choice
        name="contact" legend={t(TEXTS.contact)} options={yesNo} value={draft.contact} fault={shown("contact")}
        onChange={(value) => change({ contact: value as "yes" | "no" })}
      />
      <Choice
        name="away" legend={t(TEXTS.away)} options={yesNo} value={draft.away} fault={shown("away")}
        onChange={(value) => change({ away: value as "yes" | "no", stays: value === "yes" ? [EMPTY] : [] })}
      />
      {draft.away === "yes" && <Stays draft={draft} insist={insist} change={change} />}
    </>
  );
}

const EMPTY: Stay = { area: "", since: "", until: "" };

function Stays({ draft, insist, change }: StepProps): JSX.Element {
  const today = now();
  const limits = { min: isoDay(today - 14 * DAY_MS), max: isoDay(today) };
  const set = (at: number, part: Partial<Stay>): void =>
    change({ stays: draft.stays.map((stay, n) => (n === at ? { ...stay, ...part } : stay)) });
  return (
    <>
      {draft.stays.map((stay, at) => (
        <fieldset key={at} class="stay">
          <legend>{t(TEXTS.stay, { n: at + 1 })}</legend>
          <AreaPick
            name={`stay-${at}`} value={stay.area} start="420000" fault="" insist={insist}
            onChange={(area) => set(at, { area })}
          />
          <div class="row">
            <TextField
              name={`since-${at}`} type="date" {...limits} label={t(TEXTS.from)} value={stay.since} fault="" insist={false}
              onInput={(since) => set(at, { since })}
            />
            <TextField
              name={`until-${at}`} type="date" {...limits} label={t(TEXTS.until)} value={stay.until} fault="" insist={false}
              onInput={(until) => set(at, { until })}
            />
          </div>
          {draft.stays.length > 1 && (
            <button type="button" class="second" onClick={() => change({ stays: draft.stays.filter((_, n) => n !== at) })}>
              {t(TEXTS.remove)}
            </button>
          )}
        </fieldset>
      ))}
      {insist && fault(draft, "stays") !== "" && <small class="fault">{fault(draft, "stays")}</small>}
      {draft.stays.length < MOST_STAYS && (
        <button type="button" class="second" onClick={() => change({ stays: [...draft.stays, EMPTY] })}>
          {t(TEXTS.more)}
        </button>
      )}
    </>
  );
}

export function PromiseStep({ draft, insist, change }: StepProps): JSX.Element {
  const rows: readonly (readonly [string, string])[] = [
    [t(TEXTS.name), draft.name],
    [t(TEXTS.number), draft.idNumber.replace(/^(.{6}).*(.{4})$/, "$1********$2")],
    [t(TEXTS.phone), draft.phone],
    [t(TEXTS.address), `${areaName(draft.residence)} ${draft.address}`],
    [t(TEXTS.health), draft.well === "yes" ? t(TEXTS.none) : t(TEXTS.ill)],
    [t(TEXTS.contact), t(draft.contact === "yes" ? TEXTS.yes : TEXTS.no)],
    [t(TEXTS.away), draft.stays.length === 0 ? t(TEXTS.no) : draft.stays.map((stay) => areaName(stay.area)).join(" · ")],
  ];
  return (
    <>
      <dl class="summary">
        {rows.map(([what, value]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <label class="promise">
        <input
          type="checkbox" name="promise" checked={draft.promise}
          onChange={(event) => change({ promise: event.currentTarget.checked })}
        />
        {t(TEXTS.promise)}
      </label>
      {insist && fault(draft, "promise") !== "" && <small class="fault">{fault(draft, "promise")}</small>}
    </>
  );
}

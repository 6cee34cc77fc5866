/** Province, then what is in it. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import { areas, provinces, wantAreas, within } from "./areas.ts";
import { useCell } from "./cell.ts";
import { Field } from "./field.tsx";
import { lang, t, type Text } from "./lang.ts";

const TEXTS = {
  province: ["省份", "Province"],
  place: ["城市或区县", "City or county"],
  choose: ["请选择", "Choose"],
} satisfies Record<string, Text>;

export function AreaPick(props: {
  name: string;
  value: string;
  start: string;
  fault: string;
  insist: boolean;
  onChange: (code: string) => void;
}): JSX.Element {
  useCell(areas);
  const chosen = useCell(lang);
  useEffect(wantAreas, []);
  const province = props.value === "" ? "" : `${props.value.slice(0, 2)}0000`;
  const shown = province || props.start;
  return (
    <div class="row areas">
      <Field label={t(TEXTS.province)} fault="" insist={false}>
        {(inner) => (
          <select
            {...inner}
            name={`${props.name}-province`}
            value={shown}
            onChange={(event) => props.onChange(within(event.currentTarget.value)[0]?.code ?? event.currentTarget.value)}
          >
            {provinces().map((area) => (
              <option key={area.code} value={area.code} selected={area.code === shown}>
                {area[chosen]}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={t(TEXTS.place)} fault={props.fault} insist={props.insist}>
        {(inner) => (
          <select
            {...inner}
            name={props.name}
            value={props.value}
            onChange={(event) => props.onChange(event.currentTarget.value)}
          >
            <option value="" selected={props.value === ""}>
              {t(TEXTS.choose)}
            </option>
            {within(shown).map((area) => (
              <option key={area.code} value={area.code} selected={area.code === props.value}>
                {area[chosen]}
              </option>
            ))}
          </select>
        )}
      </Field>
    </div>
  );
}

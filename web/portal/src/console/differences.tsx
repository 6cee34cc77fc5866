/** Two policies compared: the smallest made-up persons on whom they differ, in plain words. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Fault } from "../shared/frame.tsx";
import { post } from "../shared/http.ts";
import { lang, t, type Lang, type Text } from "../shared/lang.ts";
import { colorWord } from "./values.ts";

const TEXTS = {
  title: ["比较两个版本", "Compare two versions"],
  how: [
    "举出两个版本判定不同的最简单的虚构人物；找不到并不证明完全相同。",
    "It makes up the simplest persons on whom the two differ; that none is found is no proof that they agree.",
  ],
  one: ["版本一", "One"],
  other: ["版本二", "The other"],
  go: ["比较", "Compare"],
  none: ["没有找到判定不同的例子。", "No example was found on which they differ."],
} satisfies Record<string, Text>;

interface Witness {
  readonly one: { readonly color: string; readonly version: string };
  readonly other: { readonly color: string; readonly version: string };
  readonly zh: string;
  readonly en: string;
}

export function Differences(props: { versions: readonly string[] }): JSX.Element {
  const [one, setOne] = useState(props.versions[0] ?? "");
  const [other, setOther] = useState(props.versions.at(-1) ?? "");
  const [found, setFound] = useState<readonly Witness[] | null>(null);
  const [fault, setFault] = useState<unknown>(null);

  async function compare(): Promise<void> {
    setFault(null);
    setFound(null);
    try {
      const body = { one: { version: one }, other: { version: other } };
      setFound((await post<{ witnesses: readonly Witness[] }>("/v1/policies/diff", body)).witnesses);
    } catch (failed) {
      setFault(failed);
    }
  }
  const pick = (label: Text, name: string, value: string, set: (value: string) => void): JSX.Element => (
    <select aria-label={t(label)} name={name} value={value} onChange={(event) => set(event.currentTarget.value)}>
      {props.versions.map((version) => (
        <option key={version} value={version}>
          {version}
        </option>
      ))}
    </select>
  );

  return (
    <section class="card" id="differences">
      <h2>{t(TEXTS.title)}</h2>
      <p class="soft">{t(TEXTS.how)}</p>
      <div class="row">
        {pick(TEXTS.one, "one", one, setOne)}
        {pick(TEXTS.other, "other", other, setOther)}
        <button type="button" class="quiet strong" id="compare" onClick={() => void compare()}>
          {t(TEXTS.go)}
        </button>
      </div>
      <Fault fault={fault} />
      <div role="status">
        {found?.length === 0 && <p>{t(TEXTS.none)}</p>}
        {found?.map((each) => (
          <div key={each.en} class="witness">
            <b>
              {each.one.version}: {colorWord(each.one.color)} → {each.other.version}: {colorWord(each.other.color)}
            </b>
            <p class="told">{each[lang.value as Lang]}</p>
          </div>
        ))}
      </div>
    </section>
  );
}

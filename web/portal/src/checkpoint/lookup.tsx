/** Who has no phone and no paper is looked up by document; the person sees that it was done. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { Color } from "../shared/colors.tsx";
import { TextField } from "../shared/field.tsx";
import { Fault } from "../shared/frame.tsx";
import { post } from "../shared/http.ts";
import { t, type Text } from "../shared/lang.ts";
import type { Result } from "./check.ts";

const TEXTS = {
  title: ["没有手机：按证件查询", "No phone: look the document up"],
  number: ["身份证号码", "Resident identity number"],
  ask: ["查询", "Look up"],
  note: ["证件号码不会保存；本人能看到这次查询。", "The number is not kept; the person sees that it was looked up."],
} satisfies Record<string, Text>;

export function Lookup(props: { told: (result: Result) => void }): JSX.Element {
  const [number, setNumber] = useState("");
  const [fault, setFault] = useState<unknown>(null);

  async function ask(): Promise<void> {
    try {
      const found = await post<{ color: Color; act: string }>("/v1/lookups", { id_type: "resident_id", id_number: number });
      setNumber("");
      setFault(null);
      props.told({
        verdict: "valid", tone: found.act === "may_enter" ? "enter" : "stop", color: found.color, region: null, holder: null,
        paper: false, repeated: false, number: null, online: true,
      }); // prettier-ignore
    } catch (failed) {
      setFault(failed);
    }
  }

  return (
    <form
      class="card"
      id="lookup"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <h2>{t(TEXTS.title)}</h2>
      <TextField
        name="document" autoComplete="off" label={t(TEXTS.number)} value={number} fault="" insist={false} hint={t(TEXTS.note)}
        onInput={(typed) => setNumber(typed.trim().toUpperCase())}
      />
      <Fault fault={fault} />
      <button type="submit" class="second" disabled={number.length < 5}>
        {t(TEXTS.ask)}
      </button>
    </form>
  );
}

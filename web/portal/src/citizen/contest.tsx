/** A fact that decides can be contested: what is wrong with it, in one's own words. The answer has a clock. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { authorityName } from "../shared/areas.ts";
import { Field } from "../shared/field.tsx";
import { Fault } from "../shared/frame.tsx";
import { post } from "../shared/http.ts";
import { moment, t, type Text } from "../shared/lang.ts";
import { COMPLAINTS, word } from "../shared/terms.ts";
import type { Known } from "./model.ts";

const TEXTS = {
  title: ["依据的事实", "The facts behind it"],
  wrong: ["这条不对", "This is wrong"],
  what: ["哪里不对", "What is wrong with it"],
  words: ["请说明情况", "In your own words"],
  send: ["提交纠错", "Contest it"],
  back: ["返回", "Back"],
  sent: ["已提交，须在 {due} 前答复。", "Sent. It has to be answered by {due}."],
} satisfies Record<string, Text>;

export function Facts(props: { known: readonly Known[] }): JSX.Element | null {
  const deciding = props.known.filter((fact) => fact.decides);
  if (deciding.length === 0) return null;
  return (
    <section class="card" id="facts">
      <h2>{t(TEXTS.title)}</h2>
      <ul class="plain">
        {deciding.map((fact) => (
          <Fact key={fact.id ?? fact.text} fact={fact} />
        ))}
      </ul>
    </section>
  );
}

function Fact(props: { fact: Known }): JSX.Element {
  const { fact } = props;
  const [open, setOpen] = useState(false);
  const [category, setCategory] = useState("not_me");
  const [words, setWords] = useState("");
  const [fault, setFault] = useState<unknown>(null);
  const [due, setDue] = useState<string | null>(null);

  async function send(): Promise<void> {
    try {
      const body = { category, fact: fact.id, statement: words.trim() };
      const answer = await post<{ due: string }>("/v1/corrections", body, crypto.randomUUID());
      setDue(answer.due);
      setOpen(false);
      setFault(null);
    } catch (failed) {
      setFault(failed);
    }
  }

  return (
    <li class="fact">
      <p>
        {fact.text}
        <br />
        <small>
          {authorityName(fact.source)}
          {fact.at !== null && ` · ${moment(fact.at)}`}
        </small>
      </p>
      {due !== null && (
        <p role="status" class="sent">
          ✓ {t(TEXTS.sent, { due: moment(due) })}
        </p>
      )}
      {fact.id !== null && due === null && !open && (
        <button type="button" class="second" data-contest={fact.id} onClick={() => setOpen(true)}>
          {t(TEXTS.wrong)}
        </button>
      )}
      {open && (
        <form
          class="contest"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <Field label={t(TEXTS.what)} fault="" insist={false}>
            {(inner) => (
              <select {...inner} name="complaint" value={category} onChange={(event) => setCategory(event.currentTarget.value)}>
                {Object.keys(COMPLAINTS).map((code) => (
                  <option key={code} value={code} selected={code === category}>
                    {word(COMPLAINTS, code)}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={t(TEXTS.words)} fault="" insist={false}>
            {(inner) => (
              <textarea {...inner} name="statement" rows={3} value={words} onInput={(event) => setWords(event.currentTarget.value)} />
            )}
          </Field>
          <Fault fault={fault} />
          <div class="row">
            <button type="submit" class="main" disabled={words.trim() === ""}>
              {t(TEXTS.send)}
            </button>
            <button type="button" class="second" onClick={() => setOpen(false)}>
              {t(TEXTS.back)}
            </button>
          </div>
        </form>
      )}
    </li>
  );
}

/** A new version of a policy: written, checked, tried, proposed with its date. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Field } from "../shared/field.tsx";
import { Fault } from "../shared/frame.tsx";
import { post } from "../shared/http.ts";
import { moment, t, type Text } from "../shared/lang.ts";
import { Ask } from "./dialog.tsx";
import { type Simulation, Trial } from "./trial.tsx";
import { fromLocal } from "./when.ts";

const TEXTS = {
  title: ["起草新版本", "Draft a new version"],
  how: [
    "改 version 和 effective，replaces 写现行版本。文件格式见 docs/policy.md。",
    "Change version and effective; replaces names the version in force. docs/policy.md explains the format.",
  ],
  pack: ["政策（YAML）", "The pack (YAML)"],
  check: ["检查", "Check"],
  right: ["格式正确：{rules} 条规则，{from} 起。", "It is right: {rules} rules, from {from}."],
  wrong: ["第 {line} 行：{what}", "Line {line}: {what}"],
  try: ["试算影响", "Try it"],
  propose: ["提出…", "Propose…"],
  first: ["先试算，再提出。", "Try it first, then propose it."],
  close: ["关闭", "Close"],
  when: ["生效时间（可空：按文件）", "From (may be empty: as in the pack)"],
  question: ["提出启用新政策？", "Propose the new policy?"],
  will: [
    "批准后按其时间生效，所有人重新评定；按试算会有 {n} 人变色。",
    "Once approved it is in force from its time and everybody is judged anew; by the trial {n} people would change color.",
  ],
  second: ["另一位工作人员批准后才会发生。", "Nothing happens until another officer approves."],
} satisfies Record<string, Text>;

const FILE = "draft.yaml";

interface Checked {
  readonly packs: readonly { readonly rules: number; readonly effective: string }[];
  readonly problems: readonly { readonly line: number; readonly what: string }[];
}

export function Draft(props: { start: string; onProposed: () => void; onClose: () => void }): JSX.Element {
  const [text, setText] = useState(props.start);
  const [when, setWhen] = useState("");
  const [checked, setChecked] = useState<Checked | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [tried, setTried] = useState<string | null>(null);
  const [result, setResult] = useState<Simulation | null>(null);
  const [asking, setAsking] = useState(false);
  const files = { [FILE]: text };
  const isTried = tried === text && result?.state === "done";

  function check(then: () => void): void {
    setFault(null);
    post<Checked>("/v1/policies/check", { files })
      .then((found) => {
        setChecked(found);
        if (found.problems.length === 0) then();
      })
      .catch(setFault);
  }

  return (
    <section class="will" id="drafting" aria-label={t(TEXTS.title)}>
      <h3>{t(TEXTS.title)}</h3>
      <p class="soft">{t(TEXTS.how)}</p>
      <Field label={t(TEXTS.pack)} fault="" insist={false}>
        {(inner) => (
          <textarea {...inner} class="code-text" name="pack" rows={16} spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        )}
      </Field>
      <Field label={t(TEXTS.when)} fault="" insist={false}>
        {(inner) => <input {...inner} type="datetime-local" name="effective" value={when} onInput={(event) => setWhen(event.currentTarget.value)} />}
      </Field>
      <Fault fault={fault} />
      <div role="status">
        {checked?.problems.map((problem) => (
          <p key={`${problem.line} ${problem.what}`} class="fault">
            {t(TEXTS.wrong, problem)}
          </p>
        ))}
        {checked?.problems.length === 0 &&
          checked.packs.map((pack) => <p key={pack.effective}>✓ {t(TEXTS.right, { rules: pack.rules, from: moment(pack.effective) })}</p>)}
      </div>
      <div class="row">
        <button type="button" class="second" id="check" onClick={() => check(() => undefined)}>
          {t(TEXTS.check)}
        </button>
        <button
          type="button"
          class="main"
          id="try-draft"
          onClick={() =>
            check(() => {
              setResult(null);
              setTried(text);
            })
          }
        >
          {t(TEXTS.try)}
        </button>
        <button type="button" class="second" id="propose-draft" disabled={!isTried} onClick={() => setAsking(true)}>
          {t(TEXTS.propose)}
        </button>
        <button type="button" class="second" onClick={props.onClose}>
          {t(TEXTS.close)}
        </button>
        {!isTried && <span class="soft">{t(TEXTS.first)}</span>}
      </div>
      {tried !== null && <Trial body={{ files: { [FILE]: tried } }} onDone={setResult} />}
      {asking && result !== null && (
        <Ask
          title={t(TEXTS.question)}
          act={t(TEXTS.propose)}
          why={10}
          onClose={() => setAsking(false)}
          onDo={async (why) => {
            const effective = when === "" ? {} : { effective: fromLocal(when) };
            await post("/v1/policies/activations", { files, ...effective, why }, crypto.randomUUID());
            props.onProposed();
            props.onClose();
          }}
        >
          <ul>
            <li>{t(TEXTS.will, { n: result.result.changed })}</li>
            <li>{t(TEXTS.second)}</li>
          </ul>
        </Ask>
      )}
    </section>
  );
}

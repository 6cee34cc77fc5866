/** Declaring, step by step: who, where, how, and the promise. What was typed stays, whatever happens to the page. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { useCell } from "../shared/cell.ts";
import { Fault } from "../shared/frame.tsx";
import { ask } from "../shared/http.ts";
import { t, type Text } from "../shared/lang.ts";
import { identity } from "../shared/session.ts";
import { declarationOf, type Draft, dropDraft, fault, type Field, fresh, keepDraft, loadDraft } from "./draft.ts";
import { look, standing } from "./state.ts";
import { HealthStep, HomeStep, PromiseStep, WhoStep } from "./steps.tsx";

const TEXTS = {
  step: ["第 {n} 步，共 {all} 步：{what}", "Step {n} of {all}: {what}"],
  next: ["下一步", "Next"],
  back: ["上一步", "Back"],
  send: ["提交申报", "Send"],
  mend: ["请先更正上面标出的内容。", "Mend what is marked above first."],
  checking: ["已收到。正在核对…", "Received. Now it is checked…"],
  kept: ["已自动保存在本机", "Kept on this device as you type"],
} satisfies Record<string, Text>;

export interface StepProps {
  readonly draft: Draft;
  readonly insist: boolean;
  readonly change: (part: Partial<Draft>) => void;
}

const STEPS: readonly { title: Text; fields: readonly Field[]; View: (props: StepProps) => JSX.Element }[] = [
  { title: ["您是谁", "Who you are"], fields: ["name", "idNumber", "phone"], View: WhoStep },
  { title: ["住在哪里", "Where you live"], fields: ["residence", "address"], View: HomeStep },
  {
    title: ["健康状况", "How you are"],
    fields: ["temperature", "well", "symptoms", "contact", "away", "stays"],
    View: HealthStep,
  },
  { title: ["核对并承诺", "Check and promise"], fields: ["promise"], View: PromiseStep },
];

export function Declare(): JSX.Element | null {
  const who = useCell(identity);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [insist, setInsist] = useState(false);
  const [failed, setFailed] = useState<unknown>(null);
  const [sent, setSent] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    void loadDraft().then((kept) => {
      const start = fresh(who);
      setDraft(kept === undefined ? start : { ...kept, name: start.name || kept.name, idNumber: start.idNumber || kept.idNumber });
    });
  }, [who]);
  if (draft === null) return null;
  const step = STEPS[draft.step] ?? STEPS[0]!;
  const wrong = step.fields.some((field) => fault(draft, field) !== "");

  function change(part: Partial<Draft>): void {
    setDraft((before) => {
      if (before === null) return before;
      const next = { ...before, ...part };
      void keepDraft(next);
      return next;
    });
  }

  function go(to: number): void {
    setInsist(false);
    change({ step: to });
    requestAnimationFrame(() => title.current?.focus());
  }

  async function send(): Promise<void> {
    if (draft === null) return;
    setSent(true);
    try {
      // the key stays with the draft: sent twice, it counts once
      await ask("POST", "/v1/declarations", { body: declarationOf(draft), key: draft.key });
      await dropDraft();
      setFailed(null);
      while (standing.value !== "known") {
        await look();
        await new Promise((again) => setTimeout(again, 300));
      }
    } catch (why) {
      change({ key: crypto.randomUUID() });
      setFailed(why);
      setSent(false);
    }
  }

  function next(): void {
    if (wrong) setInsist(true);
    else if (draft !== null && draft.step + 1 < STEPS.length) go(draft.step + 1);
    else void send();
  }

  const last = draft.step === STEPS.length - 1;
  return (
    <form
      class="card declare"
      id="declare"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        next();
      }}
    >
      <h1 ref={title} tabIndex={-1}>
        {t(TEXTS.step, { n: draft.step + 1, all: STEPS.length, what: t(step.title) })}
      </h1>
      <progress max={STEPS.length} value={draft.step + 1} aria-label={t(step.title)} />
      <step.View draft={draft} insist={insist} change={change} />
      <Fault fault={failed} />
      {insist && wrong && (
        <p class="fault" role="alert">
          {t(TEXTS.mend)}
        </p>
      )}
      {sent ? (
        <p role="status" class="lead">
          {t(TEXTS.checking)}
        </p>
      ) : (
        <div class="row">
          <button type="submit" class="main" id="next">
            {last ? t(TEXTS.send) : t(TEXTS.next)}
          </button>
          {draft.step > 0 && (
            <button type="button" class="second" onClick={() => go(draft.step - 1)}>
              {t(TEXTS.back)}
            </button>
          )}
        </div>
      )}
      <p class="hint">✓ {t(TEXTS.kept)}</p>
    </form>
  );
}

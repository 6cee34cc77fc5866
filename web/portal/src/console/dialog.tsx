/** Before something is done that matters: what it will do, why it is done, and a way back. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import { Field } from "../shared/field.tsx";
import { Fault } from "../shared/frame.tsx";
import { t, type Text } from "../shared/lang.ts";

const TEXTS = {
  will: ["将会发生什么", "What this will do"],
  why: ["理由（记入记录）", "Why (it is put on record)"],
  least: ["请至少写 {n} 个字。", "Write at least {n} characters."],
  back: ["不，返回", "No, go back"],
  busy: ["正在执行…", "Working…"],
} satisfies Record<string, Text>;

export function Ask(props: {
  title: string;
  act: string;
  children: ComponentChildren;
  /** Ask for a reason of so many characters. */
  why?: number;
  whyLabel?: string;
  onDo: (why: string) => Promise<void>;
  onClose: () => void;
}): JSX.Element {
  const box = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const [why, setWhy] = useState("");
  const [insist, setInsist] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  useEffect(() => box.current?.showModal(), []);
  const short = props.why !== undefined && why.trim().length < props.why;

  async function go(): Promise<void> {
    setInsist(true);
    if (short) return;
    setBusy(true);
    setFault(null);
    try {
      await props.onDo(why.trim());
      props.onClose();
    } catch (failed) {
      setFault(failed);
      setBusy(false);
    }
  }

  return (
    <dialog ref={box} class="card" aria-labelledby={heading} onClose={props.onClose}>
      <h2 id={heading}>{props.title}</h2>
      <div class="will">
        <b>{t(TEXTS.will)}</b>
        {props.children}
      </div>
      {props.why !== undefined && (
        <Field
          label={props.whyLabel ?? t(TEXTS.why)}
          fault={short ? t(TEXTS.least, { n: props.why }) : ""}
          insist={insist}
        >
          {(inner) => (
            <textarea {...inner} name="why" rows={2} value={why} onInput={(event) => setWhy(event.currentTarget.value)} />
          )}
        </Field>
      )}
      <Fault fault={fault} />
      <div class="row">
        <button type="button" class="main" id="do" disabled={busy} onClick={() => void go()}>
          {busy ? t(TEXTS.busy) : props.act}
        </button>
        <button type="button" class="second" onClick={props.onClose}>
          {t(TEXTS.back)}
        </button>
      </div>
    </dialog>
  );
}

/** The day's check-in: one tap for who is well, and the symptoms for who is not. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Fault } from "../shared/frame.tsx";
import { post } from "../shared/http.ts";
import { keep, load } from "../shared/kept.ts";
import { isoDay, t, type Text } from "../shared/lang.ts";
import { now } from "../shared/region.ts";
import { Symptoms } from "./symptoms.tsx";
import { look } from "./state.ts";

const TEXTS = {
  title: ["今日打卡", "Today's check-in"],
  well: ["我今天很好", "I am well today"],
  unwell: ["我不舒服", "I am not well"],
  send: ["提交", "Send"],
  cancel: ["返回", "Back"],
  done: ["今天已打卡", "Checked in today"],
  again: ["更正", "Correct it"],
} satisfies Record<string, Text>;
const ROOM = "checked-in";

export function CheckIn(): JSX.Element {
  const [done, setDone] = useState<string | null>(null);
  const [symptoms, setSymptoms] = useState<readonly string[] | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => void load<string>(ROOM).then((kept) => setDone(kept ?? null)), []);
  const today = isoDay(now());

  async function send(felt: readonly string[]): Promise<void> {
    setBusy(true);
    try {
      await post("/v1/check-ins", { symptoms: felt }, crypto.randomUUID());
      await keep(ROOM, today);
      setDone(today);
      setSymptoms(null);
      setFault(null);
      await look();
    } catch (failed) {
      setFault(failed);
    } finally {
      setBusy(false);
    }
  }

  return (
    <section class="card" id="check-in">
      <h2>{t(TEXTS.title)}</h2>
      <Fault fault={fault} />
      {symptoms !== null ? (
        <>
          <Symptoms chosen={symptoms} onChange={setSymptoms} />
          <div class="row">
            <button type="button" class="main" disabled={busy || symptoms.length === 0} onClick={() => void send(symptoms)}>
              {t(TEXTS.send)}
            </button>
            <button type="button" class="second" onClick={() => setSymptoms(null)}>
              {t(TEXTS.cancel)}
            </button>
          </div>
        </>
      ) : done === today ? (
        <p class="row">
          <b>✓ {t(TEXTS.done)}</b>
          <button type="button" class="second" onClick={() => setSymptoms([])}>
            {t(TEXTS.again)}
          </button>
        </p>
      ) : (
        <div class="row">
          <button type="button" class="main" id="well" disabled={busy} onClick={() => void send([])}>
            {t(TEXTS.well)}
          </button>
          <button type="button" class="second" onClick={() => setSymptoms([])}>
            {t(TEXTS.unwell)}
          </button>
        </div>
      )}
    </section>
  );
}

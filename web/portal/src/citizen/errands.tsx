/** What one does less often: declare a trip, print a code on paper. */

import { correction, generate } from "lean-qr";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { AreaPick } from "../shared/areapick.tsx";
import { TextField } from "../shared/field.tsx";
import { Fault } from "../shared/frame.tsx";
import { post } from "../shared/http.ts";
import { isoDay, moment, t, type Text } from "../shared/lang.ts";
import { now } from "../shared/region.ts";
import { Place } from "./place.tsx";

const TEXTS = {
  title: ["更多", "More"],
  place: ["扫描场所码", "Scan the code at a door"],
  trip: ["登记行程", "Declare a trip"],
  from: ["出发日期", "First day"],
  until: ["返回日期（可不填）", "Last day, if it is known"],
  send: ["登记", "Declare it"],
  sent: ["已登记。目的地会收到您健康码的变化，可在“哪些地区会收到我的变化”中查看。", "Declared. The region of the trip is told of changes; My record shows it."],
  where: ["请选择目的地", "Choose where to"],
  paper: ["打印纸质码", "A code on paper"],
  paperWhat: ["七天有效，打印后即替换上一张。出示时须核对证件。", "Good for seven days; it replaces the last one. It is compared with your document."],
  make: ["生成纸质码", "Make it"],
  print: ["打印", "Print"],
  good: ["有效期至 {at}", "Good until {at}"],
} satisfies Record<string, Text>;
const DAY_MS = 86_400_000;

export function Errands(): JSX.Element {
  return (
    <section class="card" id="errands">
      <h2>{t(TEXTS.title)}</h2>
      <Fold name="place" title={t(TEXTS.place)}>
        <Place />
      </Fold>
      <Fold name="trip" title={t(TEXTS.trip)}>
        <Trip />
      </Fold>
      <Fold name="paper" title={t(TEXTS.paper)}>
        <Paper />
      </Fold>
    </section>
  );
}

/** What is within is there when it is unfolded, not before. */
export function Fold(props: { name: string; title: string; children: ComponentChildren }): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <details id={`fold-${props.name}`} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{props.title}</summary>
      {open && props.children}
    </details>
  );
}

function Trip(): JSX.Element {
  const [area, setArea] = useState("");
  const [since, setSince] = useState(isoDay(now() + DAY_MS));
  const [until, setUntil] = useState("");
  const [fault, setFault] = useState<unknown>(null);
  const [sent, setSent] = useState(false);
  const limits = { min: isoDay(now()), max: isoDay(now() + 60 * DAY_MS) };

  async function send(): Promise<void> {
    try {
      const body = { destination: `${area.slice(0, 2)}0000`, area, since, ...(until === "" ? {} : { until }) };
      await post("/v1/trips", body, crypto.randomUUID());
      setSent(true);
      setFault(null);
    } catch (failed) {
      setFault(failed);
    }
  }

  if (sent) {
    return (
      <p role="status" class="sent">
        ✓ {t(TEXTS.sent)}
      </p>
    );
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <AreaPick name="destination" value={area} start="420000" fault={area === "" ? t(TEXTS.where) : ""} insist={false} onChange={setArea} />
      <div class="row">
        <TextField name="trip-since" type="date" {...limits} label={t(TEXTS.from)} value={since} fault="" insist={false} onInput={setSince} />
        <TextField name="trip-until" type="date" min={since} label={t(TEXTS.until)} value={until} fault="" insist={false} onInput={setUntil} />
      </div>
      <Fault fault={fault} />
      <button type="submit" class="main" id="send-trip" disabled={area === "" || since === ""}>
        {t(TEXTS.send)}
      </button>
    </form>
  );
}

interface Printed {
  readonly credential: string;
  readonly word: string;
  readonly masked_name: string | null;
  readonly id_tail: string;
  readonly expires_at: string;
}

function Paper(): JSX.Element {
  const [paper, setPaper] = useState<Printed | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (paper === null || canvas.current === null) return;
    const levels = { minCorrectionLevel: correction.M, maxCorrectionLevel: correction.M };
    generate(paper.credential, levels).toCanvas(canvas.current, { pad: 4 });
  }, [paper]);

  async function make(): Promise<void> {
    try {
      setPaper(await post<Printed>("/v1/me/paper", undefined));
      setFault(null);
    } catch (failed) {
      setFault(failed);
    }
  }

  return (
    <>
      <p class="soft">{t(TEXTS.paperWhat)}</p>
      <Fault fault={fault} />
      {paper === null ? (
        <button type="button" class="main" id="make-paper" onClick={() => void make()}>
          {t(TEXTS.make)}
        </button>
      ) : (
        <div class="paper" id="paper">
          <canvas ref={canvas} data-text={paper.credential} role="img" aria-label={t(TEXTS.paper)} />
          <p>
            <b>{paper.word}</b> · {paper.masked_name ?? ""} · {paper.id_tail}
          </p>
          <p>{t(TEXTS.good, { at: moment(paper.expires_at) })}</p>
          <button type="button" class="main" onClick={() => print()}>
            {t(TEXTS.print)}
          </button>
        </div>
      )}
    </>
  );
}

/** The checkpoint's page. */

import "../shared/base.css";
import "./checkpoint.css";

import { type JSX, render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { wantAreas } from "../shared/areas.ts";
import { useCell } from "../shared/cell.ts";
import { Fault, Frame, keepPages, SignInButton, useTick } from "../shared/frame.tsx";
import { apply, lang, large, span, t, type Text } from "../shared/lang.ts";
import { meet, now, region } from "../shared/region.ts";
import { identity } from "../shared/session.ts";
import { checkHere, checkThere, type Result } from "./check.ts";
import { carried, listFault, recall, update } from "./lists.ts";
import { Lookup } from "./lookup.tsx";
import { ResultScreen } from "./result.tsx";
import { scan, textOn, warmUp } from "./scanner.ts";
import { begin, count, set, shift, signal } from "./shift.ts";

const TITLE: Text = ["查验点", "Checkpoint"];
const TEXTS = {
  start: ["打开摄像头", "Open the camera"],
  stop: ["关闭摄像头", "Close the camera"],
  picture: ["或扫描照片", "Or scan a picture"],
  hint: ["把健康码放进框内", "Hold the code into the frame"],
  video: ["摄像头画面", "What the camera sees"],
  lists: ["本机名单：{n} 份，{age}前更新", "Lists on this device: {n}, {age} old"],
  none: ["本机还没有名单：请联网一次。", "There are no lists on this device yet: go online once."],
  noCamera: ["没有摄像头，或未允许使用：请在浏览器设置中允许，或扫描照片。", "There is no camera, or it may not be used: allow it in the browser, or scan a picture."],
  shift: ["本班次", "This shift"],
  enter: ["通行", "Entered"],
  stopped: ["未通行", "Stopped"],
  unclear: ["未能确认", "Unclear"],
  place: ["门口码：{name}", "Code at the door: {name}"],
  setPlace: ["扫描门口的场所码，即进入场所模式", "Scan the code at the door for place mode"],
  clear: ["取消场所", "Leave place mode"],
  sound: ["声音", "Sound"],
  sign: ["登录后可联网核验、登记通行、按证件查询。", "Sign in to confirm with the region, record passes and look documents up."],
} satisfies Record<string, Text>;
const UPDATE_MS = 60_000;
const PLACE = "HP1:";

interface Shown {
  readonly result: Result;
  readonly ms: number;
}

function App(): JSX.Element {
  const who = useCell(identity);
  const [shown, setShown] = useState<Shown | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const busy = useRef(false);
  useCell(lang);
  useCell(large);
  useCell(region);
  useEffect(wantAreas, []);

  function tell(result: Result, ms: number): void {
    count(result.tone);
    signal(result.tone);
    setShown({ result, ms });
  }

  async function scanned(text: string, readMs: number): Promise<void> {
    if (busy.current) return;
    busy.current = true;
    const begun = performance.now();
    if (text.startsWith(PLACE)) {
      set({ ...shift.value, place: text });
      busy.current = false;
      return;
    }
    const { place } = shift.value;
    const here = await checkHere(text, place);
    const ms = readMs + performance.now() - begun;
    tell(here, ms);
    try {
      const there = await checkThere(text, place, here);
      if (there === null) return;
      setShown((now) => (now === null ? null : { result: there, ms }));
      if (there.tone !== here.tone) signal(there.tone);
    } catch (failed) {
      setFault(failed);
    }
  }

  function next(): void {
    busy.current = false;
    setFault(null);
    setShown(null);
  }

  return (
    <Frame title={TITLE}>
      {shown !== null && <ResultScreen result={shown.result} ms={shown.ms} onNext={next} />}
      <div hidden={shown !== null}>
        <Scanner scanned={(text, ms) => void scanned(text, ms)} />
        <Fault fault={fault} />
        <ShiftCard />
        <ListsCard />
        {who?.roles.includes("checkpoint") === true ? (
          <Lookup told={(result) => tell(result, 0)} />
        ) : (
          <section class="card">
            <p>{t(TEXTS.sign)}</p>
            <SignInButton />
          </section>
        )}
      </div>
    </Frame>
  );
}

function Scanner(props: { scanned: (text: string, ms: number) => void }): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const told = useRef(props.scanned);
  told.current = props.scanned;
  const [open, setOpen] = useState(false);
  const [refused, setRefused] = useState(false);
  useEffect(() => {
    if (!open || video.current === null) return;
    const stop = new AbortController();
    setRefused(false);
    scan(video.current, stop.signal, (text, ms) => told.current(text, ms)).catch(() => {
      setRefused(true);
      setOpen(false);
    });
    return () => stop.abort();
  }, [open]);

  async function fromPicture(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    const begun = performance.now();
    const text = await textOn(file);
    told.current(text ?? "", performance.now() - begun);
  }

  return (
    <section class="card scanner">
      <h1 class="unseen">{t(TITLE)}</h1>
      <div class="finder" hidden={!open}>
        <video ref={video} muted playsInline aria-label={t(TEXTS.video)} />
        <p>{t(TEXTS.hint)}</p>
      </div>
      {refused && (
        <p class="fault" role="alert">
          {t(TEXTS.noCamera)}
        </p>
      )}
      <div class="row">
        <button type="button" class="main" id="camera" onClick={() => setOpen(!open)}>
          {t(open ? TEXTS.stop : TEXTS.start)}
        </button>
        <label class="file second">
          {t(TEXTS.picture)}
          <input
            type="file"
            accept="image/*"
            id="picture"
            onChange={(event) => {
              void fromPicture(event.currentTarget.files?.[0]);
              event.currentTarget.value = "";
            }}
          />
        </label>
      </div>
    </section>
  );
}

function ShiftCard(): JSX.Element {
  const { counts, place, quiet } = useCell(shift);
  const cells: readonly (readonly [Text, number])[] = [
    [TEXTS.enter, counts.enter],
    [TEXTS.stopped, counts.stop],
    [TEXTS.unclear, counts.unclear],
  ];
  return (
    <section class="card" id="shift">
      <h2>{t(TEXTS.shift)}</h2>
      <dl class="counts">
        {cells.map(([text, n]) => (
          <div key={text[1]}>
            <dt>{t(text)}</dt>
            <dd>{n}</dd>
          </div>
        ))}
      </dl>
      <p class="row">
        {place === null ? (
          <span class="soft">{t(TEXTS.setPlace)}</span>
        ) : (
          <>
            <b>{t(TEXTS.place, { name: `${place.slice(0, 12)}…` })}</b>
            <button type="button" class="quiet" onClick={() => set({ ...shift.value, place: null })}>
              {t(TEXTS.clear)}
            </button>
          </>
        )}
        <label class="tick">
          <input type="checkbox" checked={!quiet} onChange={() => set({ ...shift.value, quiet: !quiet })} /> {t(TEXTS.sound)}
        </label>
      </p>
    </section>
  );
}

function ListsCard(): JSX.Element {
  const has = useCell(carried);
  const fault = useCell(listFault);
  useTick(5000);
  return (
    <section class="card" id="lists" data-lists={has?.lists ?? 0}>
      <p>
        {has === null ? t(TEXTS.none) : t(TEXTS.lists, { n: has.lists + 1, age: span(now() / 1000 - has.asOf) })}
      </p>
      <Fault fault={fault} />
    </section>
  );
}

apply();
const place = document.getElementById("app");
if (place !== null) render(<App />, place);
void meet().then(async () => {
  await begin();
  await recall();
  await update();
  setInterval(() => void update(), UPDATE_MS);
  addEventListener("online", () => void update());
});
void warmUp();
void keepPages(true);

/** The code at a door: scanned, it says whether one is let in, with a number that the door sees too. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { type Color, Shape } from "../shared/colors.tsx";
import { Fault } from "../shared/frame.tsx";
import { post } from "../shared/http.ts";
import { clock, t, type Text } from "../shared/lang.ts";

const TEXTS = {
  what: ["扫描门口的场所码：可通行时显示编号，门口能看到同一个编号，但看不到您是谁。", "Scan the code at the door: who may enter gets a number. The door sees the same, and nothing of who you are."],
  camera: ["打开摄像头", "Open the camera"],
  stop: ["关闭摄像头", "Close the camera"],
  picture: ["或选择照片", "Or choose a picture"],
  video: ["摄像头画面", "What the camera sees"],
  noCamera: ["没有摄像头，或未允许使用。", "There is no camera, or it may not be used."],
  nothing: ["照片上没有场所码。", "There is no code of a place on that picture."],
  admitted: ["可以通行", "May enter"],
  refused: ["不能通行", "May not enter"],
} satisfies Record<string, Text>;
const PREFIX = "HP1:";

interface Entry {
  readonly admitted: boolean;
  readonly name: string;
  readonly color: Color;
  readonly word: string;
  readonly act_word: string;
  readonly at: string;
  readonly number: string | null;
}

// the scanner is loaded with the first scan: most people never need it
const scanner = () => import("../checkpoint/scanner.ts");

export function Place(): JSX.Element {
  const video = useRef<HTMLVideoElement>(null);
  const [open, setOpen] = useState(false);
  const [said, setSaid] = useState("");
  const [fault, setFault] = useState<unknown>(null);
  const [entry, setEntry] = useState<Entry | null>(null);

  async function scanned(text: string): Promise<void> {
    if (!text.startsWith(PREFIX)) {
      setSaid(t(TEXTS.nothing));
      return;
    }
    setOpen(false);
    setSaid("");
    try {
      setEntry(await post<Entry>("/v1/me/passes", { place: text }));
      setFault(null);
    } catch (failed) {
      setFault(failed);
    }
  }

  useEffect(() => {
    const screen = video.current;
    if (!open || screen === null) return;
    const stop = new AbortController();
    scanner()
      .then(({ scan }) => scan(screen, stop.signal, (text) => text.startsWith(PREFIX) && void scanned(text)))
      .catch(() => {
        setSaid(t(TEXTS.noCamera));
        setOpen(false);
      });
    return () => stop.abort();
  }, [open]);

  async function fromPicture(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    const { textOn } = await scanner();
    await scanned((await textOn(file)) ?? "");
  }

  return (
    <>
      <p class="soft">{t(TEXTS.what)}</p>
      {entry !== null && <Shown entry={entry} />}
      <video ref={video} hidden={!open} muted playsInline aria-label={t(TEXTS.video)} />
      <p role="status">{said}</p>
      <Fault fault={fault} />
      <div class="row">
        <button type="button" class="main" onClick={() => setOpen(!open)}>
          {t(open ? TEXTS.stop : TEXTS.camera)}
        </button>
        <label class="file second">
          {t(TEXTS.picture)}
          <input
            type="file"
            accept="image/*"
            id="place-picture"
            onChange={(event) => void fromPicture(event.currentTarget.files?.[0])}
          />
        </label>
      </div>
    </>
  );
}

function Shown(props: { entry: Entry }): JSX.Element {
  const { admitted, name, color, word, act_word, at, number } = props.entry;
  return (
    <div class={`entry tone-${color}`} id="entry" data-admitted={admitted} role="status">
      <Shape color={color} size={56} />
      <p class="admitted">{t(admitted ? TEXTS.admitted : TEXTS.refused)}</p>
      <p>
        {word} · {act_word}
      </p>
      {number !== null && <p class="number">{number}</p>}
      <p>
        {name} · <time>{clock(at)}</time>
      </p>
    </div>
  );
}

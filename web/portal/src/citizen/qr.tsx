/** The live QR code: drawn on the device, with a proof that is made anew every half minute. */

import { correction, generate } from "lean-qr";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Shape } from "../shared/colors.tsx";
import { useTick } from "../shared/frame.tsx";
import { clock, t, type Text } from "../shared/lang.ts";
import { now } from "../shared/region.ts";
import { type Held, liveText, turn } from "./holder.ts";

const TEXTS = {
  label: ["健康码二维码，每 30 秒更新。点按可全屏显示", "QR code of your health code, new every 30 seconds. Press to show it full screen"],
  live: ["实时", "Live"],
  ended: ["此码已过期，请联网刷新。", "This code has ended: go online and it refreshes."],
  bright: ["请调高屏幕亮度", "Turn the brightness up"],
  close: ["关闭", "Close"],
} satisfies Record<string, Text>;

export function draw(canvas: HTMLCanvasElement, text: string): void {
  generate(text, { minCorrectionLevel: correction.M, maxCorrectionLevel: correction.M }).toCanvas(canvas, { pad: 4 });
}

export function LiveQr(props: { held: Held; word: string }): JSX.Element {
  useTick(1000);
  const place = useRef<HTMLCanvasElement>(null);
  const [text, setText] = useState("");
  const [full, setFull] = useState(false);
  const at = now();
  const ended = at >= Date.parse(props.held.credential.expires_at);
  const when = turn(at);
  useEffect(() => {
    let wanted = true;
    void liveText(props.held, now()).then((made) => wanted && setText(made));
    return () => {
      wanted = false;
    };
  }, [props.held, when]);
  useEffect(() => {
    if (place.current !== null && text !== "") draw(place.current, text);
  }, [text, full]);
  useAwake(full);
  if (ended) return <p class="qr-ended">{t(TEXTS.ended)}</p>;
  return (
    <div class={full ? "qr full" : "qr"}>
      {full && (
        <p class="full-word">
          <Shape color={props.held.credential.color} size={56} /> {props.word}
        </p>
      )}
      <button type="button" class="qr-button" aria-label={t(TEXTS.label)} onClick={() => setFull(!full)}>
        <canvas ref={place} data-text={text} />
      </button>
      <p class="ticking" aria-hidden="true">
        <span class="beat" data-odd={Math.floor(at / 1000) % 2 === 1} /> {t(TEXTS.live)} <time>{clock(at)}</time>
      </p>
      {full && (
        <p class="full-note">
          {t(TEXTS.bright)}
          <button type="button" class="quiet" onClick={() => setFull(false)}>
            {t(TEXTS.close)}
          </button>
        </p>
      )}
    </div>
  );
}

/** Keep the screen on while the code is held out. */
function useAwake(wanted: boolean): void {
  useEffect(() => {
    if (!wanted || !("wakeLock" in navigator)) return;
    const asked = navigator.wakeLock.request("screen").catch(() => null);
    return () => void asked.then((lock) => lock?.release());
  }, [wanted]);
}

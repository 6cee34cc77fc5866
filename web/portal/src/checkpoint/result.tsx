/** One clear answer over the whole screen: may enter, may not, or why it cannot be told; and what to do. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { areaName } from "../shared/areas.ts";
import { Shape, WORDS } from "../shared/colors.tsx";
import { t, type Text } from "../shared/lang.ts";
import type { Result, Tone } from "./check.ts";
import type { Verdict } from "./verifier.ts";

const TEXTS = {
  enter: ["可以通行", "May enter"],
  stop: ["不能通行", "May not enter"],
  unclear: ["不能确认", "Cannot confirm"],
  next: ["扫描下一个", "Scan the next"],
  repeated: ["这个码刚刚出示过：请再看一眼是不是同一个人", "This very code was shown before: look twice at who shows it"],
  paper: ["纸质码：请核对证件 {holder}", "On paper: compare it with the document {holder}"],
  region: ["签发地区：{region}", "Issued by {region}"],
  pass: ["通行编号 {number}", "Pass number {number}"],
  online: ["已联网核验", "Confirmed by the region"],
  offline: ["按本机名单核验", "By the lists on this device"],
  read: ["识别用时 {ms} 毫秒", "Read in {ms} ms"],
} satisfies Record<string, Text>;

/** One sentence for the guard: what it is, and what to ask for. */
const WHAT_TO_DO: Readonly<Record<Verdict, Text>> = {
  valid: ["", ""],
  expired: ["码已过期：请持码人联网刷新后再出示。", "It has ended: ask the holder to go online and refresh it."],
  revoked: ["码已作废：请持码人联网刷新后再出示。", "It counts no more: ask the holder to go online and refresh it."],
  not_fresh: ["不是实时亮码，可能是截图：请持码人打开应用当面出示。", "Not shown live, perhaps a picture: ask the holder to open the app before you."],
  clock_ahead: ["时间对不上：请校准持码人手机的时间，再校准本机时间。", "The clocks differ: set the holder's, then this device's."],
  unknown_issuer: ["不认识签发地区：请联网更新名单后再扫；仍不行则不能放行。", "Nobody known has issued it: update the lists and scan again; if it stays so, do not let in."],
  suspended_issuer: ["签发地区已被暂停互认：请持码人出示其他有效证明。", "Its region is suspended: ask for another proof."],
  malformed: ["这不是健康码：请让对方打开健康码后再扫。", "This is no health code: ask for the health code and scan again."],
  bad_signature: ["签名不对，可能是伪造的：请留住此码并报告负责人。", "The signature is wrong, it may be forged: hold it and report to your supervisor."],
  stale_verifier: ["本机名单过旧或不全：请联网更新后再扫。", "The lists on this device are too old: go online and update them."],
};
const DO_NOT: Readonly<Record<"yellow" | "red", Text>> = {
  yellow: ["黄码：请登记后联系社区，居家观察。", "Yellow: register the person and call the community."],
  red: ["红码：请带至隔离点并立即报告。", "Red: lead the person aside and report at once."],
};
const TONES: Readonly<Record<Tone, string>> = { enter: "tone-green", stop: "tone-red", unclear: "tone-grey" };

export function ResultScreen(props: { result: Result; ms: number; onNext: () => void }): JSX.Element {
  const { result, ms, onNext } = props;
  const { verdict, tone, color } = result;
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  const toned = color === "yellow" && tone === "stop" ? "tone-yellow" : TONES[tone];
  const todo = verdict === "valid" ? (color === "yellow" || color === "red" ? t(DO_NOT[color]) : "") : t(WHAT_TO_DO[verdict]);
  return (
    <section class={`result ${toned}`} id="result" data-verdict={verdict} data-tone={tone} data-online={result.online} data-ms={Math.round(ms)}>
      <div role="alert">
        <Shape color={tone === "enter" ? "green" : tone === "stop" ? (color ?? "red") : "grey"} size={140} />
        <h1>{t(TEXTS[tone])}</h1>
        {color !== null && <p class="word">{t(WORDS[color])}</p>}
        {todo !== "" && <p class="todo">{todo}</p>}
        {result.repeated && <p class="todo warning">⚠ {t(TEXTS.repeated)}</p>}
        {result.paper && <p class="todo">{t(TEXTS.paper, { holder: result.holder ?? "" })}</p>}
        {result.number !== null && <p class="number">{t(TEXTS.pass, { number: result.number })}</p>}
      </div>
      <p class="small">
        {result.region !== null && <span>{t(TEXTS.region, { region: areaName(result.region) })} · </span>}
        {t(result.online ? TEXTS.online : TEXTS.offline)} · {t(TEXTS.read, { ms: Math.round(ms) })}
      </p>
      <button type="button" class="second" id="next-scan" ref={button} onClick={onNext}>
        {t(TEXTS.next)}
      </button>
    </section>
  );
}

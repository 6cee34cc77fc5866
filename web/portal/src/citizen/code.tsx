/** The code: color, word and shape, the live QR, why it is so, what ends it and how far along one is. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import { authorityName, wantAreas } from "../shared/areas.ts";
import { useCell } from "../shared/cell.ts";
import { Shape } from "../shared/colors.tsx";
import { Fault, useTick } from "../shared/frame.tsx";
import { day, moment, span, t, type Text } from "../shared/lang.ts";
import { now } from "../shared/region.ts";
import { token } from "../shared/session.ts";
import { SignInButton } from "../shared/frame.tsx";
import { CheckIn } from "./checkin.tsx";
import { Facts } from "./contest.tsx";
import { Errands } from "./errands.tsx";
import type { Reason, Way } from "./model.ts";
import { LiveQr } from "./qr.tsx";
import { Record } from "./record.tsx";
import { held, lookFault, mine, type Mine } from "./state.ts";

const TEXTS = {
  since: ["自 {at} 起", "Since {at}"],
  until: ["最早 {at} 解除", "Until {at} at the earliest"],
  why: ["为什么是{word}", "Why it is {word}"],
  source: ["依据", "By"],
  entered: ["由以下单位录入", "Entered by"],
  out: ["怎样解除", "What ends it"],
  done: ["{done} / {needed}", "{done} of {needed}"],
  review: ["下次复核 {at}", "Next review {at}"],
  noReview: ["情况变化时立即复核", "Reviewed again as soon as anything changes"],
  asOf: ["{ago}前核对", "Checked {ago} ago"],
  expired: ["登录已过期。登录后会自动刷新；离线时二维码在到期前仍可使用。", "You are signed out: sign in and this refreshes by itself. The QR code works on until it ends."],
  noCredential: ["确认之前没有可出示的二维码。", "There is no QR code to show until this is settled."],
} satisfies Record<string, Text>;

export function CodeScreen(): JSX.Element | null {
  const known = useCell(mine);
  const credential = useCell(held);
  const fault = useCell(lookFault);
  useEffect(wantAreas, []);
  useTick(5000);
  if (known === null) return null;
  const { code, finding } = known;
  return (
    <div class={`code tone-${code.color}`} id="code" lang={known.lang === "zh" ? "zh-CN" : "en"} data-color={code.color} data-version={code.version}>
      <section class="signal" aria-live="polite">
        <Shape color={code.color} size={84} />
        <div>
          <h1>{code.word}</h1>
          <p class="act">{code.act_word}</p>
        </div>
      </section>
      <p class="times">
        <span>{masked(known.name)}</span>
        <span>{t(TEXTS.since, { at: day(code.since) })}</span>
        {code.until !== null && <span>{t(TEXTS.until, { at: moment(code.until) })}</span>}
      </p>
      <div class="card qr-card">
        {credential === null ? <p>{t(TEXTS.noCredential)}</p> : <LiveQr held={credential} word={code.word} />}
        <p class="as-of">{t(TEXTS.asOf, { ago: span((now() - known.asOf) / 1000) })}</p>
      </div>
      <Fault fault={fault} />
      {token() === null ? (
        <div class="card">
          <p>{t(TEXTS.expired)}</p>
          <SignInButton />
        </div>
      ) : (
        <CheckIn />
      )}
      <section class="card" id="why">
        <h2>{t(TEXTS.why, { word: code.word })}</h2>
        {code.reasons.map((reason) => (
          <ReasonView key={reason.rule} reason={reason} />
        ))}
        <p class="review">
          {finding?.next_review ? t(TEXTS.review, { at: moment(finding.next_review) }) : t(TEXTS.noReview)}
        </p>
      </section>
      <WayOutView known={known} />
      {token() !== null && (
        <>
          {code.color !== "green" && finding !== null && <Facts known={finding.known} />}
          <Errands />
          <Record />
        </>
      )}
    </div>
  );
}

function ReasonView(props: { reason: Reason }): JSX.Element {
  const { text, source, authorities, rule } = props.reason;
  useCell(mine);
  return (
    <div class="reason">
      <p class="lead">{text}</p>
      <dl>
        {source !== null && (
          <>
            <dt>{t(TEXTS.source)}</dt>
            <dd>
              {source} <small>({rule})</small>
            </dd>
          </>
        )}
        {authorities.length > 0 && (
          <>
            <dt>{t(TEXTS.entered)}</dt>
            <dd>{authorities.map(authorityName).join(" · ")}</dd>
          </>
        )}
      </dl>
    </div>
  );
}

function WayOutView(props: { known: Mine }): JSX.Element | null {
  const { code, finding } = props.known;
  if (code.color === "green") return null;
  const ways = code.reasons.flatMap((reason) => reason.way_out);
  const steps = ways.length === 0 ? code.next_steps : [];
  return (
    <section class="card" id="way-out">
      <h2>{t(TEXTS.out)}</h2>
      {finding?.way_out && <p class="lead">{finding.way_out.text}</p>}
      <ul class="ways">
        {ways.map((way) => (
          <WayView key={way.kind + way.text} way={way} />
        ))}
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ul>
    </section>
  );
}

function WayView(props: { way: Way }): JSX.Element {
  const { text, needed, done, at } = props.way;
  return (
    <li>
      <span>{text}</span>
      {needed > 0 && (
        <>
          <progress max={needed} value={done} aria-label={text} /> <b>{t(TEXTS.done, { done, needed })}</b>
        </>
      )}
      {at !== null && <small>{moment(at)}</small>}
    </li>
  );
}

/** Enough for the holder to know it for theirs, and for nobody who looks over a shoulder. */
export const masked = (name: string): string => (name === "" ? "" : name.slice(0, 1) + "*".repeat(name.length - 1));

/**
 * One scan: what the lists on the device say at once, then what the region says, which knows the code as it stands this
 * minute and writes a pass where a place is named. Without network the first stands.
 */

import { ask, Away } from "../shared/http.ts";
import type { Color } from "../shared/colors.tsx";
import { now } from "../shared/region.ts";
import { token } from "../shared/session.ts";
import { carried } from "./lists.ts";
import { placeOf, type Verdict } from "./verifier.ts";

export type Tone = "enter" | "stop" | "unclear";

export interface Result {
  readonly verdict: Verdict;
  readonly tone: Tone;
  readonly color: Color | null;
  readonly region: string | null;
  /** Of paper: whose it is, to compare with the document. */
  readonly holder: string | null;
  readonly paper: boolean;
  readonly repeated: boolean;
  /** The number of the pass, where a place was named and one may enter. */
  readonly number: string | null;
  /** Whether the region itself has said so, or the lists of this device. */
  readonly online: boolean;
}

interface Said {
  readonly verdict: Verdict;
  readonly color: Color | null;
  readonly act: string | null;
  readonly region: string | null;
  readonly repeated: boolean;
  readonly number: string | null;
}

const COLORS: Readonly<Record<string, Color>> = { "00": "green", "01": "yellow", "10": "red" };
const ENTER = "may_enter";

const toneOf = (verdict: Verdict, act: string | null): Tone =>
  verdict !== "valid" ? "unclear" : act === ENTER ? "enter" : "stop";

/** By the lists on this device. */
export async function checkHere(text: string, place: string | null): Promise<Result> {
  const at = Math.floor(now() / 1000);
  const checker = carried.value?.checker;
  const named = place === null ? null : await placeOf(place);
  const answer = await checker?.check(text, at, named);
  const verdict = answer?.verdict ?? "stale_verifier";
  const claims = answer?.claims ?? null;
  const paper = claims?.kind === "paper";
  return {
    verdict,
    tone: toneOf(verdict, answer?.act ?? null),
    color: verdict === "valid" && claims !== null ? (COLORS[claims.status] ?? null) : null,
    region: claims?.region ?? null,
    holder: paper && claims !== null ? [claims.maskedName, claims.idTail].filter(Boolean).join(" · ") : null,
    paper,
    repeated: answer?.repeated ?? false,
    number: null,
    online: false,
  };
}

/** By the region; null where it cannot be asked. Raises Refused. */
export async function checkThere(text: string, place: string | null, here: Result): Promise<Result | null> {
  if (token() === null || !navigator.onLine) return null;
  const body = place === null ? { credential: text } : { credential: text, place };
  try {
    const { data } = await ask<Said>("POST", "/v1/verifications", { body });
    return {
      ...here,
      verdict: data.verdict,
      tone: toneOf(data.verdict, data.act),
      color: data.color,
      region: data.region,
      repeated: data.repeated || here.repeated,
      number: data.number,
      online: true,
    };
  } catch (fault) {
    if (fault instanceof Away) return null;
    throw fault;
  }
}

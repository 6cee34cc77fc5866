/**
 * One's own code, as it stands and as it was known last. It is asked for every few seconds while the page is looked at;
 * the region answers 304 as long as nothing changed. A change brings the finding and a credential of its own.
 */

import { cell } from "../shared/cell.ts";
import { ask, Away, get, Refused } from "../shared/http.ts";
import { dropAll, keep, load } from "../shared/kept.ts";
import { lang, type Lang } from "../shared/lang.ts";
import { now, setClock } from "../shared/region.ts";
import { identity, token } from "../shared/session.ts";
import { dropCredential, fetchCredential, type Held, heldCredential } from "./holder.ts";
import type { Code, Finding } from "./model.ts";

const LOOK_MS = 4000;
/** A clock that was set, the region's or the device's, would make every proof too old or too early. */
const CLOCK_MS = 60_000;
const ROOM = "mine";
const NOT_DECLARED = "3301";

export interface Mine {
  readonly sub: string;
  readonly name: string;
  readonly code: Code;
  readonly finding: Finding | null;
  readonly lang: Lang;
  readonly etag: string | null;
  /** When the region said so last, in milliseconds by its clock. */
  readonly asOf: number;
}

export type Standing = "unknown" | "none" | "known";

export const mine = cell<Mine | null>(null);
export const held = cell<Held | null>(null);
export const standing = cell<Standing>("unknown");
export const lookFault = cell<unknown>(null);

/** What the device kept; then look while the page is open. */
export async function follow(): Promise<void> {
  const [kept, credential] = await Promise.all([load<Mine>(ROOM), heldCredential()]);
  const who = identity.value;
  if (kept !== undefined && who !== null && kept.sub !== who.sub) {
    await dropAll(); // somebody else signed in on this device
  } else if (kept !== undefined) {
    mine.set(kept);
    held.set(credential ?? null);
    standing.set("known");
  }
  document.addEventListener("visibilitychange", () => void look());
  addEventListener("online", () => void look());
  lang.follow(() => void look());
  setInterval(() => void look(), LOOK_MS);
  await look();
}

let looking = false;
let clockSet = Date.now();

/** Ask once; nothing while a look is under way, nobody looks, or nobody is signed in. */
export async function look(): Promise<void> {
  if (looking || document.hidden || token() === null) return;
  looking = true;
  try {
    if (Date.now() - clockSet > CLOCK_MS || Date.now() < clockSet) {
      await setClock();
      clockSet = Date.now();
    }
    await lookOnce();
    lookFault.set(null);
  } catch (fault) {
    if (fault instanceof Refused && fault.code === NOT_DECLARED) standing.set("none");
    else if (!(fault instanceof Away)) lookFault.set(fault);
  } finally {
    looking = false;
  }
}

async function lookOnce(): Promise<void> {
  const before = mine.value;
  const same = before !== null && before.lang === lang.value ? before : null;
  const answer = await ask<Code>("GET", "/v1/me/code", { etag: same?.etag ?? null });
  if (answer.status === 304 && same !== null) {
    await take({ ...same, asOf: now() });
  } else {
    const changed = before?.code.version !== answer.data.version;
    if (changed) await setClock();
    const finding = await get<Finding>("/v1/me/finding").catch(() => null);
    const who = identity.value;
    await take({
      sub: who?.sub ?? "",
      name: who?.name ?? "",
      code: answer.data,
      finding,
      lang: lang.value,
      etag: answer.etag,
      asOf: now(),
    });
    if (changed && before !== null && before.code.color !== answer.data.color) navigator.vibrate?.([80, 60, 80]);
  }
  await refresh();
}

async function take(next: Mine): Promise<void> {
  mine.set(next);
  standing.set("known");
  await keep(ROOM, next);
}

/** A credential for the code as it is, before the old one ends. */
async function refresh(): Promise<void> {
  const code = mine.value?.code;
  if (code === undefined) return;
  if (!["green", "yellow", "red"].includes(code.color)) {
    held.set(null);
    await dropCredential();
    return;
  }
  const has = held.value;
  const due = has === null || has.version !== code.version || now() >= Date.parse(has.credential.refresh_at);
  if (due) held.set(await fetchCredential(code.version));
}

/** Forget all that this device keeps of the person. */
export async function forget(): Promise<void> {
  await dropAll();
  mine.set(null);
  held.set(null);
  standing.set("unknown");
}

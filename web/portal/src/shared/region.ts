/** Which region this is, and what time there: known again without a network. */

import { cell } from "./cell.ts";
import { ask } from "./http.ts";
import { keep, load } from "./kept.ts";
import { setZone, type Lang } from "./lang.ts";
import { comeBack, type SignIn } from "./session.ts";

export interface Region {
  readonly region: string;
  readonly name: Readonly<Record<Lang, string>>;
  readonly timezone: string;
  readonly now: string;
  readonly demo: boolean;
  readonly sign_in: SignIn | null;
  readonly anchor: string | null;
}

export const region = cell<Region | null>(null);
/** What the sign-in failed with. */
export const signInFault = cell<unknown>(null);

let ahead = 0;

/** The region's clock in milliseconds: the device's own, corrected by what the region said last. */
export const now = (): number => Date.now() + ahead;

const ABOUT = "about";

/** Ask the region; without a network go by what it said before. Raises nothing. */
export async function meet(): Promise<void> {
  const kept = await load<{ about: Region; ahead: number }>(ABOUT).catch(() => undefined);
  if (kept !== undefined) take(kept.about, kept.ahead);
  await setClock();
  try {
    await comeBack(async (body) => (await ask<{ access_token: string }>("POST", "/v1/portal/tokens", { body })).data);
  } catch (fault) {
    signInFault.set(fault);
  }
}

/** Set the device's idea of the region's clock. */
export async function setClock(): Promise<void> {
  try {
    const left = Date.now();
    const { data } = await ask<Region>("GET", "/v1/portal");
    const half = (Date.now() - left) / 2;
    const found = Date.parse(data.now) + half - Date.now();
    take(data, found);
    await keep(ABOUT, { about: data, ahead: found });
  } catch {
    // the clock that is known goes on
  }
}

function take(about: Region, found: number): void {
  ahead = found;
  setZone(about.timezone);
  region.set(about);
}

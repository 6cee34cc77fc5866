/** What a checkpoint's region makes of a credential: who is let in, how old what may be. */

import { type Status, STATUSES } from "./claims.ts";

const DAY = 86_400;

/** How a checkpoint checks. All lengths of time are seconds. */
export interface CheckPolicy {
  /** What each status means here. */
  readonly acts: Readonly<Record<Status, string>>;
  /** Whether an app has to prove that it holds the credential's key; paper never can. */
  readonly live: boolean;
  readonly proofAge: number;
  /** How far an issuer's or a device's clock may be ahead. */
  readonly clockSkew: number;
  /** How old a paper code may be; null where paper does not count. */
  readonly paperAge: number | null;
  /** How old status lists may be. Up to then a revoked code still passes here: the window of exposure. */
  readonly listsAge: number;
  readonly trustAge: number;
}

const USUAL: CheckPolicy = {
  acts: { "00": "may_enter", "01": "home_isolation", "10": "central_isolation" },
  live: true,
  proofAge: 60,
  clockSkew: 60,
  paperAge: 7 * DAY,
  listsAge: DAY,
  trustAge: 7 * DAY,
};

/** The usual policy with changes. Throws RangeError for what would let anybody in. */
export function checkPolicy(changes: Partial<CheckPolicy> = {}): CheckPolicy {
  const policy = { ...USUAL, ...changes };
  const missing = STATUSES.filter((status) => !policy.acts[status]);
  if (missing.length > 0) throw new RangeError(`no act for ${missing.join(", ")}`);
  const ages = [policy.proofAge, policy.listsAge, policy.trustAge];
  if (!ages.every((age) => age > 0)) throw new RangeError("an age limit is more than nothing");
  if (![...ages, policy.clockSkew, policy.paperAge ?? 0].every(Number.isFinite)) {
    throw new RangeError("a limit is a number of seconds");
  }
  return policy;
}

/** Checking a credential with no server. */

import { type Claims, readClaims } from "./claims.ts";
import { claimsMap, unpack } from "./container.ts";
import { Malformed } from "./errors.ts";
import { signersOf } from "./sealed.ts";
import { isGood, isVoid, type TrustEntry, type TrustList } from "./trust.ts";

/** Seconds. */
export const CLOCK_SKEW = 60;

/** What a verifier answers. Only `valid` lets anyone in; the names say what to do about the others. */
export const VERDICTS = {
  valid: { zh: "有效", en: "valid" },
  expired: { zh: "已过期，请刷新健康码", en: "expired: refresh the code" },
  revoked: { zh: "已撤销，请刷新健康码", en: "revoked: refresh the code" },
  not_fresh: { zh: "不是实时亮码，请打开应用重新出示", en: "not fresh: show the code live from the app" },
  clock_ahead: { zh: "时间超前，请校准设备时间", en: "clock ahead: set the time of the device" },
  unknown_issuer: { zh: "未知的签发地区，请更新信任列表", en: "unknown issuer: update the trust list" },
  suspended_issuer: { zh: "签发地区已被暂停互认", en: "suspended issuer: ask for the person's other code" },
  malformed: { zh: "不是健康码，请重新扫描", en: "malformed: not a health code, scan again" },
  bad_signature: { zh: "签名无效，可能是伪造的", en: "bad signature: it may be forged" },
  stale_verifier: { zh: "核验端数据过旧，请联网更新", en: "stale verifier: go online and update its lists" },
} as const satisfies Record<string, { readonly zh: string; readonly en: string }>;

export type Verdict = keyof typeof VERDICTS;

/** The answer to one credential. */
export interface Verification {
  readonly verdict: Verdict;
  /** Only what a trusted key has signed for its own region; null with every verdict that says nobody has. */
  readonly claims: Claims | null;
  /** For the verifier's engineer: which check failed. Never anything of the text. */
  readonly detail: string;
}

export interface VerifyOptions {
  /** Without it none is taken for revoked; what it throws goes through, so a broken list lets nobody in. */
  readonly isRevoked?: (claims: Claims) => boolean;
  /** How far an issuer's clock may be ahead, in seconds. */
  readonly clockSkew?: number;
}

/** Check a credential at a time (seconds since 1970); throws for no text. */
export async function verify(
  text: string,
  trust: TrustList,
  now: number,
  { isRevoked = () => false, clockSkew = CLOCK_SKEW }: VerifyOptions = {},
): Promise<Verification> {
  refuseNoTime(now);
  const read = await signedClaims(text, trust);
  return "verdict" in read ? read : judged(read, now, isRevoked, clockSkew);
}

/** Every comparison with NaN is false: as a time it would be fresh for ever. */
export function refuseNoTime(now: number): void {
  if (!Number.isFinite(now)) throw new RangeError("the time of a check is a number of seconds since 1970");
}

interface Signed {
  readonly claims: Claims;
  readonly signers: readonly TrustEntry[];
}

/** The claims and who signed them, or why there are none. */
async function signedClaims(text: string, trust: TrustList): Promise<Signed | Verification> {
  try {
    const message = unpack(text);
    const candidates = trust.candidates(message.kid, "credential");
    if (candidates.length === 0) return answer("unknown_issuer", null, "no key with this id signs credentials");
    const signers = await signersOf(message, candidates);
    if (signers.length === 0) return answer("bad_signature", null, "no key with this id made the signature");
    return { claims: await readClaims(claimsMap(message.payload)), signers };
  } catch (error) {
    if (error instanceof Malformed) return answer("malformed", null, error.message);
    throw error;
  }
}

function judged(
  { claims, signers }: Signed,
  now: number,
  isRevoked: (claims: Claims) => boolean,
  clockSkew: number,
): Verification {
  const own = signers.filter((entry) => entry.region === claims.issuer);
  if (own.length === 0) return answer("unknown_issuer", null, "the key is trusted for another region");
  if (!own.some((entry) => isGood(entry, claims.issuedAt, now))) {
    // Nothing is told of what a revoked key signed: anybody may have done that.
    if (own.some((entry) => isVoid(entry, now))) return answer("revoked", null, "the key that signed it is revoked");
    return answer("unknown_issuer", null, "the key was not yet or is no longer good");
  }
  if (claims.issuedAt > now + clockSkew) return answer("clock_ahead", claims, "issued in the future");
  if (claims.expiresAt <= now) return answer("expired", claims);
  return isRevoked(claims) ? answer("revoked", claims) : answer("valid", claims);
}

function answer(verdict: Verdict, claims: Claims | null, detail = ""): Verification {
  return { verdict, claims, detail };
}

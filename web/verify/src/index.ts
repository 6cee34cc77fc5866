/** Checks health codes with no server: the same answers as `healthcode.credential`. docs/credential.md has the bytes. */

export type { Bytes } from "./bytes.ts";
export { type Answer, Checker } from "./check.ts";
export type { Claims, CredentialKind, Status, StatusReference } from "./claims.ts";
export { Gap, Malformed, NotTrusted, Older } from "./errors.ts";
export { type CheckPolicy, checkPolicy } from "./policy.ts";
export { EVERY_SECONDS, NO_PLACE, placeOf, show, toBeProved } from "./proof.ts";
export { type Delta, readDelta, readList, StatusList } from "./statusList.ts";
export { type Scope, type TrustedRegion, type TrustEntry, trustEntry, TrustList, type Usage } from "./trust.ts";
export { readTrust } from "./trustList.ts";
export { type Verdict, VERDICTS, type Verification, verify, type VerifyOptions } from "./verify.ts";

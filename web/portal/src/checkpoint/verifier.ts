/** The verifier, and the one thing that it does not read itself: the anchor as a SubjectPublicKeyInfo. */

export {
  Checker,
  type Claims,
  Gap,
  placeOf,
  readDelta,
  readList,
  readTrust,
  type StatusList,
  trustEntry,
  TrustList,
  type Verdict,
  VERDICTS,
} from "../../../verify/src/index.ts";

/** The uncompressed point of a public key in base64. */
export async function anchorOf(base64: string): Promise<Uint8Array<ArrayBuffer>> {
  const der = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
  const key = await crypto.subtle.importKey("spki", der, { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]);
  return new Uint8Array(await crypto.subtle.exportKey("raw", key));
}

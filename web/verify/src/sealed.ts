/** Signed documents beside the credentials: trust lists and status lists, each a COSE_Sign1 message of its own type. */

import type { PlainMap } from "./cbor.ts";
import { claimsMap, parse, type Sign1, toBeSigned } from "./container.ts";
import { Malformed, NotTrusted } from "./errors.ts";
import { signatureHolds } from "./signature.ts";
import type { TrustEntry, TrustList, Usage } from "./trust.ts";

/** A status list of 2^20 bits is 131 kB at worst; a trust list of every region some kB. */
const MAX_DOCUMENT_BYTES = 4 << 20;

export interface Unsealed {
  readonly claims: PlainMap;
  readonly signers: readonly TrustEntry[];
}

/**
 * The claims of a document of that type, and which of the trusted keys for that usage signed it.
 *
 * Raises Malformed, and NotTrusted where none of them did.
 */
export async function unseal(data: Uint8Array, kind: string, trust: TrustList, usage: Usage): Promise<Unsealed> {
  if (data.length > MAX_DOCUMENT_BYTES) throw new Malformed("a document of over 4 MiB");
  // A copy: what is read after the signature is what the signature is over, whatever the caller does meanwhile.
  const message = parse(Uint8Array.from(data), kind);
  const signers = await signersOf(message, trust.candidates(message.kid, usage));
  if (signers.length === 0) throw new NotTrusted("no trusted key has signed this document");
  return { claims: claimsMap(message.payload), signers };
}

/** Which of some keys made the signature of a message. */
export async function signersOf(message: Sign1, candidates: readonly TrustEntry[]): Promise<readonly TrustEntry[]> {
  const signed = toBeSigned(message.protected, message.payload);
  const held = await Promise.all(candidates.map((each) => signatureHolds(each.publicKey, signed, message.signature)));
  return candidates.filter((_, place) => held[place]);
}

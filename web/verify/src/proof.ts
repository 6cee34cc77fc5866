/**
 * The holder's proof: shown live from a device, not from a picture. `HK1:` in fixed width, then the credential.
 *
 * What it gives, and no more: a picture is *not fresh* a minute later. Who holds the key can still make proofs ahead
 * for somebody else, or relay what is on the screen; a place's rotating challenge makes the first of these useless.
 */

import { decode, encode } from "./base45.ts";
import { type Bytes, joined, sha256, uint32 } from "./bytes.ts";
import { MAX_TEXT, withoutBreak } from "./container.ts";
import { Malformed } from "./errors.ts";
import { publicKey, signatureHolds } from "./signature.ts";

const PREFIX = "HK1:";
const PLACE_BYTES = 8;
const WIRE_BYTES = 4 + PLACE_BYTES + 64;
const END = PREFIX.length + (WIRE_BYTES / 2) * 3;

/** What a proof says where it names no place. */
export const NO_PLACE: Bytes = new Uint8Array(PLACE_BYTES);
/** How often a device makes a new one, in seconds. */
export const EVERY_SECONDS = 30;

/** `at`: seconds since 1970 by the device's corrected clock; `place`: 8 bytes, all zero where none is named. */
export interface Proof {
  readonly at: number;
  readonly place: Bytes;
  readonly signature: Bytes;
}

/** What a proof says of a place or a challenge: 8 bytes of SHA-256 over the text of its code. */
export async function placeOf(text: string): Promise<Bytes> {
  return (await sha256(joined("hc-place-1", text))).slice(0, PLACE_BYTES);
}

/** What the holder signs: context ‖ SHA-256(the credential's text, `HC1:` included) ‖ time (4 bytes) ‖ place. */
export async function toBeProved(credential: string, at: number, place: Bytes = NO_PLACE): Promise<Bytes> {
  return joined("hc-proof-1", await sha256(joined(credential)), uint32(at), place);
}

/** The text of a live QR code; `sign` gives r and s, 32 bytes each, as WebCrypto does. */
export async function show(
  credential: string,
  at: number,
  sign: (message: Bytes) => Promise<Uint8Array>,
  place: Bytes = NO_PLACE,
): Promise<string> {
  const signature = await sign(await toBeProved(credential, at, place));
  return PREFIX + encode(joined(uint32(at), place, signature)) + credential;
}

/** The proof, if there is one, and the credential. Raises Malformed where one begins and is none. */
export function split(text: string): readonly [Proof | null, string] {
  if (!text.startsWith(PREFIX)) return [null, text];
  if (text.length > END + MAX_TEXT) throw new Malformed("too long");
  const wire = decode(text.slice(PREFIX.length, END));
  if (wire.length !== WIRE_BYTES) throw new Malformed("a holder's proof that is none");
  const at = new DataView(wire.buffer).getUint32(0);
  const place = wire.slice(4, 4 + PLACE_BYTES);
  return [{ at, place, signature: wire.slice(4 + PLACE_BYTES) }, withoutBreak(text.slice(END))];
}

/** Whether the holder of the credential's key made this proof for this credential. */
export async function isHolders(proof: Proof, credential: string, holderKey: Bytes): Promise<boolean> {
  const [key, signed] = await Promise.all([publicKey(holderKey), toBeProved(credential, proof.at, proof.place)]);
  return signatureHolds(key, signed, proof.signature);
}

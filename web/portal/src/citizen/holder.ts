/**
 * The device's part of a credential: a key pair of its own for each, which cannot be taken out of the browser, and a
 * fresh proof every half minute, for which no server is asked. docs/credential.md has the bytes.
 */

import { EVERY_SECONDS, show } from "../../../verify/src/proof.ts";
import { post } from "../shared/http.ts";
import { drop, keep, load } from "../shared/kept.ts";
import type { Credential } from "./model.ts";

const ROOM = "holder";
const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNED = { name: "ECDSA", hash: "SHA-256" } as const;

export interface Held {
  readonly key: CryptoKey;
  readonly credential: Credential;
  /** The version of the code that it was made for. */
  readonly version: string;
}

/** A fresh credential for a fresh key. Raises Refused or Away. */
export async function fetchCredential(version: string): Promise<Held> {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const credential = await post<Credential>("/v1/me/credentials", { cnf: { jwk: { kty, crv, x, y } } });
  const held = { key: pair.privateKey, credential, version };
  await keep(ROOM, held);
  return held;
}

export const heldCredential = (): Promise<Held | undefined> => load<Held>(ROOM);
export const dropCredential = (): Promise<unknown> => drop(ROOM);

/** The text of the live QR code at a time in milliseconds. */
export function liveText(held: Held, now: number): Promise<string> {
  return show(held.credential.credential, Math.floor(now / 1000), async (message) => {
    return new Uint8Array(await crypto.subtle.sign(SIGNED, held.key, message));
  });
}

/** Which half minute a time in milliseconds lies in: the QR is drawn anew for each. */
export const turn = (now: number): number => Math.floor(now / 1000 / EVERY_SECONDS);

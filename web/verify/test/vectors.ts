/** The vectors that this verifier shares with Python's; tests/vectors/ writes them. */

import vectors from "../../../tests/vectors/credential.json" with { type: "json" };
import { type Bytes, Checker, readDelta, readList, readTrust, trustEntry, TrustList } from "../src/index.ts";

export { vectors };

export interface Case {
  readonly name: string;
  readonly text: string;
  readonly now: number;
  readonly verdict: string;
  readonly act?: string;
  readonly challenge?: string;
}

export const cases: readonly Case[] = vectors.cases;
export const NOW = 1_581_408_000;
const DAY = 86_400;

export function unhex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** The case of that name. */
export function named(name: string): Case {
  const found = cases.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no vector is called ${name}`);
  return found;
}

/** The nation's key, as it comes with a verifier. */
export async function anchors(): Promise<TrustList> {
  const scope = { region: "100000", notBefore: NOW - 50 * DAY, notAfter: NOW + 300 * DAY };
  return new TrustList([await trustEntry(unhex(vectors.anchor), { ...scope, usages: new Set(["trust_list"]) })]);
}

export async function trusted(): Promise<TrustList> {
  return readTrust(unhex(vectors.trust_list), await anchors());
}

/** A verifier that has read every document of the vectors. */
export async function checker(): Promise<Checker> {
  const trust = await trusted();
  const whole = await readList(unhex(vectors.status_list), trust);
  return new Checker(trust, [whole.after(await readDelta(unhex(vectors.delta), trust))]);
}

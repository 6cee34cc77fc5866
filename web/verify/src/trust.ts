/** Whom a verifier believes. */

import { type Bytes, hex } from "./bytes.ts";
import { keyId, publicKey } from "./signature.ts";

/** What a key may sign. */
export type Usage = "credential" | "status_list" | "trust_list";

export const USAGES: ReadonlySet<string> = new Set<Usage>(["credential", "status_list", "trust_list"]);

/** What a key is believed for; times are seconds since 1970. */
export interface Scope {
  readonly region: string;
  /** What it signed before never counts. */
  readonly notBefore: number;
  /** From then on nothing of it counts, expired or not: that is one credential's longest life after it signed last. */
  readonly notAfter: number;
  /** What it signed from then on never counts: another key signs then. */
  readonly signsUntil?: number | null;
  /** From then on whatever it signed is void: its private half may be in other hands. */
  readonly revokedAt?: number | null;
  readonly usages: ReadonlySet<Usage>;
}

export interface TrustEntry extends Scope {
  readonly kid: Bytes;
  readonly publicKey: CryptoKey;
}

/** A region as a whole. `lists`: where its status lists are, with `{id}`; what is suspended counts for nothing. */
export interface TrustedRegion {
  readonly code: string;
  readonly lists: string;
  readonly suspendedSince: number | null;
}

/** An entry for a key (uncompressed point, 65 bytes). Raises Malformed for what is no point of P-256. */
export async function trustEntry(point: Bytes, scope: Scope): Promise<TrustEntry> {
  const [key, kid] = await Promise.all([publicKey(point), keyId(point)]);
  return { ...scope, kid, publicKey: key };
}

/** Tell whether a key was good when something was issued and still is. */
export function isGood(entry: TrustEntry, issuedAt: number, now: number): boolean {
  const signedInTime = entry.notBefore <= issuedAt && issuedAt < (entry.signsUntil ?? entry.notAfter);
  return signedInTime && now < entry.notAfter && !isVoid(entry, now);
}

/** Whether a key is revoked, at a time. */
export function isVoid(entry: TrustEntry, now: number): boolean {
  return entry.revokedAt != null && entry.revokedAt <= now;
}

/** Trusted keys by key id. Ids are short and collide, so one id may stand for several keys. */
export class TrustList {
  readonly regions: ReadonlyMap<string, TrustedRegion>;
  /** Counts up with each list that is signed. */
  readonly sequence: number;
  /** When it was signed; null for one that never was. */
  readonly asOf: number | null;
  readonly #entries = new Map<string, readonly TrustEntry[]>();

  constructor(
    entries: Iterable<TrustEntry>,
    regions: Iterable<TrustedRegion> = [],
    { sequence = 0, asOf = null }: { readonly sequence?: number; readonly asOf?: number | null } = {},
  ) {
    for (const entry of entries) {
      const kid = hex(entry.kid);
      this.#entries.set(kid, [...(this.#entries.get(kid) ?? []), entry]);
    }
    this.regions = new Map(Array.from(regions, (region) => [region.code, region]));
    this.sequence = sequence;
    this.asOf = asOf;
  }

  /** Every entry with a key id and a usage. */
  candidates(kid: Bytes, usage: Usage): readonly TrustEntry[] {
    return (this.#entries.get(hex(kid)) ?? []).filter((entry) => entry.usages.has(usage));
  }

  /** Whether a region is suspended at a time; one that is not described is not. */
  isSuspended(code: string, now: number): boolean {
    const since = this.regions.get(code)?.suspendedSince ?? null;
    return since !== null && since <= now;
  }
}

/**
 * Which credentials are revoked: one bit each (Token Status List), signed by their issuer, and what is new by delta.
 *
 * A bit that is set is never unset: an older delta changes nothing, and a newer one may skip some.
 */

import { decode, type PlainMap, type Plain, Tagged } from "./cbor.ts";
import { Gap, Malformed, NotTrusted } from "./errors.ts";
import { inflated } from "./inflate.ts";
import { bytes, integer, isList, map, text, time } from "./reading.ts";
import { unseal } from "./sealed.ts";
import { isGood, type TrustList } from "./trust.ts";

const FULL = "application/statuslist+cwt";
const DELTA = "application/vnd.healthcode.statuslist-delta+cwt";
/** Of a list of 2^20 bits. */
const MAX_BYTES = 1 << 17;

const ISS = 1;
const SUB = 2;
const IAT = 6;
const STATUS_LIST = 65533;
const FROM = -65560;
const TO = -65561;
const NEWLY = -65562;

interface Named {
  readonly issuer: string;
  readonly listId: string;
  /** Counts up with each revocation published. */
  readonly version: number;
  /** Seconds since 1970. */
  readonly asOf: number;
}

/** What was revoked behind version `since` and up to `version`. */
export interface Delta extends Named {
  readonly since: number;
  readonly newly: readonly number[];
}

/** A list as of a time. `bits`: lowest first in each byte. */
export class StatusList implements Named {
  readonly issuer: string;
  readonly listId: string;
  readonly version: number;
  readonly asOf: number;
  readonly bits: Uint8Array;

  constructor(named: Named, bits: Uint8Array) {
    ({ issuer: this.issuer, listId: this.listId, version: this.version, asOf: this.asOf } = named);
    this.bits = bits;
  }

  /** Whether a bit is set; null beyond the end: nobody gets in for it. */
  isRevoked(index: number): boolean | null {
    const byte = this.bits[Math.floor(index / 8)];
    return byte === undefined ? null : ((byte >> (index % 8)) & 1) === 1;
  }

  /** The list with what is new. Raises Gap where the delta begins behind it, RangeError for another list's. */
  after(delta: Delta): StatusList {
    if (delta.issuer !== this.issuer || delta.listId !== this.listId) throw new RangeError("a delta of another list");
    if (delta.since > this.version) {
      throw new Gap(`the list stands at ${this.version}, the delta begins at ${delta.since}`);
    }
    const bits = this.bits.slice();
    for (const index of delta.newly) {
      const byte = bits[index >> 3];
      if (byte === undefined) throw new Gap("the delta goes beyond the list's end");
      bits[index >> 3] = byte | (1 << (index & 7));
    }
    const [version, asOf] = [Math.max(this.version, delta.version), Math.max(this.asOf, delta.asOf)];
    return new StatusList({ issuer: this.issuer, listId: this.listId, version, asOf }, bits);
  }
}

/** A signed list. Raises Malformed, and NotTrusted unless a key of its issuer for status lists has signed it. */
export async function readList(data: Uint8Array, trust: TrustList): Promise<StatusList> {
  const claims = await opened(data, FULL, trust);
  const entry = map(claims, STATUS_LIST);
  if (integer(entry, "bits") !== 1) throw new Malformed("a status list of more than one bit each");
  return new StatusList(named(claims), inflated(bytes(entry, "lst"), MAX_BYTES));
}

/** A signed delta. Raises as `readList` does. */
export async function readDelta(data: Uint8Array, trust: TrustList): Promise<Delta> {
  const claims = await opened(data, DELTA, trust);
  const gaps = decode(inflated(bytes(claims, NEWLY), MAX_BYTES * 8));
  if (gaps instanceof Tagged || !isList(gaps) || !gaps.every(isGap)) throw new Malformed("gaps that are no numbers");
  let index = 0;
  const newly = gaps.map((gap) => (index += gap));
  if (index >= MAX_BYTES * 8) throw new Malformed("an index beyond any list");
  return { ...named(claims), since: integer(claims, FROM), newly };
}

const isGap = (gap: Plain): gap is number => typeof gap === "number" && gap >= 0;

async function opened(data: Uint8Array, kind: string, trust: TrustList): Promise<PlainMap> {
  const { claims, signers } = await unseal(data, kind, trust, "status_list");
  const [issuer, at] = [text(claims, ISS), time(claims, IAT)];
  if (!signers.some((entry) => entry.region === issuer && isGood(entry, at, at))) {
    throw new NotTrusted("the key is not its issuer's, or was not good then");
  }
  return claims;
}

function named(claims: PlainMap): Named {
  return {
    issuer: text(claims, ISS),
    listId: text(claims, SUB),
    version: integer(claims, TO),
    asOf: time(claims, IAT),
  };
}

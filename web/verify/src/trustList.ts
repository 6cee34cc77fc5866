/** The signed trust list: which regions there are, with which keys each signs what, and who is suspended. */

import type { Plain, PlainMap } from "./cbor.ts";
import { Malformed, NotTrusted, Older } from "./errors.ts";
import { bytes, integer, isList, isMap, list, optional, text, time } from "./reading.ts";
import { unseal } from "./sealed.ts";
import { isGood, type TrustedRegion, type TrustEntry, trustEntry, TrustList, type Usage, USAGES } from "./trust.ts";

const KIND = "application/vnd.healthcode.trust-list+cwt";
const IAT = 6;
const SEQUENCE = -65570;
const REGIONS = -65571;
const KEYS = -65572;
const ES256 = -7;

/**
 * A signed list. `anchors`: the nation's keys, which come with the verifier; `seen`: the highest sequence yet.
 *
 * Raises Malformed, NotTrusted, and Older.
 */
export async function readTrust(data: Uint8Array, anchors: TrustList, seen = 0): Promise<TrustList> {
  const { claims, signers } = await unseal(data, KIND, anchors, "trust_list");
  const asOf = time(claims, IAT);
  if (!signers.some((entry) => isGood(entry, asOf, asOf))) {
    throw new NotTrusted("the key was not good when the list was signed");
  }
  const sequence = integer(claims, SEQUENCE);
  if (sequence < seen) throw new Older(`list ${sequence} is older than ${seen}`);
  const regions = list(claims, REGIONS).map(readRegion);
  const entries = await Promise.all(list(claims, KEYS).filter(isKnown).map(readEntry));
  return new TrustList(entries, regions, { sequence, asOf });
}

function readRegion(source: Plain): TrustedRegion {
  if (!isMap(source)) throw new Malformed("a region that is no map");
  const suspendedSince = optional(time, source, "suspended");
  return { code: text(source, "code"), lists: text(source, "lists"), suspendedSince };
}

/** Keys of other algorithms, which later versions may know, are passed over. */
function isKnown(source: Plain): source is PlainMap {
  if (!isMap(source)) throw new Malformed("a key that is no map");
  return (optional(integer, source, "alg") ?? ES256) === ES256;
}

async function readEntry(source: PlainMap): Promise<TrustEntry> {
  return trustEntry(bytes(source, "point"), {
    region: text(source, "region"),
    notBefore: time(source, "from"),
    notAfter: time(source, "until"),
    signsUntil: optional(time, source, "signs"),
    revokedAt: optional(time, source, "revoked"),
    usages: new Set(list(source, "usages").filter(isUsage)),
  });
}

/** Later versions may name other usages: a key is not believed for them. */
function isUsage(value: Plain): value is Usage {
  if (isMap(value) || isList(value)) throw new Malformed("a usage that is no text");
  return typeof value === "string" && USAGES.has(value);
}

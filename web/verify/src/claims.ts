/** What a credential says, read from its CWT map (RFC 8392), and what no credential may say. */

import { type Bytes, joined } from "./bytes.ts";
import type { PlainMap } from "./cbor.ts";
import { Malformed } from "./errors.ts";
import { bytes, integer, map, optional, text, time } from "./reading.ts";
import { publicKey } from "./signature.ts";

// Claim keys: RFC 8392, RFC 8747 (cnf), OAuth Token Status List, and HCERT's container claim.
const ISS = 1;
const EXP = 4;
const IAT = 6;
const CTI = 7;
const CNF = 8;
const STATUS_LIST = 65535;
const HCERT = -260;
/** Named after GB/T 38962, the data format of health codes; 1 is the EU's and stays theirs. */
const HEALTH_CODE = 38962;
// Keys of the map under it.
const STATUS = 1;
const SINCE = 2;
const UNTIL = 3;
const REGION = 4;
const KIND = 5;
const MASKED_NAME = 6;
const ID_TAIL = 7;
// COSE_Key of an elliptic curve (RFC 9053): key type, curve, coordinates.
const COSE_KEY = 1;
const KTY = 1;
const CRV = -1;
const X = -2;
const Y = -3;
const EC2 = 2;
const P256 = 1;
const COORDINATE_BYTES = 32;

const CTI_BYTES = 16;
const MAX_MASKED_NAME = 64;
const REGION_CODE = /^[A-Za-z0-9-]{1,16}$/;
const LIST_ID = /^[A-Za-z0-9._~-]{1,16}$/;
const TAIL = /^[A-Z0-9]{2}$/;

/** Low, medium, high. A code that is grey, expired or unknown has no credential. */
export const STATUSES = ["00", "01", "10"] as const;
export type Status = (typeof STATUSES)[number];

/** An app can prove that it holds the key, paper names its holder instead. */
export type CredentialKind = "app" | "paper";
const KINDS: readonly CredentialKind[] = ["app", "paper"];

/** The place of a credential in a status list: which bit, of the list of which short id (address: trust list). */
export interface StatusReference {
  readonly index: number;
  readonly listId: string;
}

/** What an issuer signed. Times are seconds since 1970; what is left out is null. */
export interface Claims {
  /** The region that signs: the region of its entry in the trust list. */
  readonly issuer: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** 16 random bytes, fresh for every credential. */
  readonly credentialId: Bytes;
  readonly status: Status;
  readonly since: number;
  /** When the color ends by itself. */
  readonly until: number | null;
  /** The region whose code this is; differs from the issuer where another region's stack serves it. */
  readonly region: string;
  readonly kind: CredentialKind;
  readonly statusList: StatusReference | null;
  /** The holder's P-256 public key as an uncompressed point (65 bytes). */
  readonly holderKey: Bytes | null;
  /** Paper only, as is the last two characters of the document number. */
  readonly maskedName: string | null;
  readonly idTail: string | null;
}

/** Read the claims of a decoded map; unknown keys are passed over, for later versions add some. Raises Malformed. */
export async function readClaims(cwt: PlainMap): Promise<Claims> {
  const own = map(map(cwt, HCERT), HEALTH_CODE);
  const claims: Claims = {
    issuer: text(cwt, ISS),
    issuedAt: time(cwt, IAT),
    expiresAt: time(cwt, EXP),
    credentialId: bytes(cwt, CTI),
    status: readStatus(own),
    since: time(own, SINCE),
    until: optional(time, own, UNTIL),
    region: text(own, REGION),
    kind: readKind(own),
    statusList: readReference(optional(map, cwt, STATUS_LIST)),
    holderKey: readHolderKey(optional(map, cwt, CNF)),
    maskedName: optional(text, own, MASKED_NAME),
    idTail: optional(text, own, ID_TAIL),
  };
  refuseInconsistent(claims);
  if (claims.holderKey !== null) await publicKey(claims.holderKey);
  return claims;
}

function readStatus(own: PlainMap): Status {
  const written = text(own, STATUS);
  const status = STATUSES.find((each) => each === written);
  if (status === undefined) throw new Malformed("only low, medium and high can be shown");
  return status;
}

function readKind(own: PlainMap): CredentialKind {
  const kind = KINDS[integer(own, KIND)];
  if (kind === undefined) throw new Malformed("no such kind of credential");
  return kind;
}

function readReference(claim: PlainMap | null): StatusReference | null {
  if (claim === null) return null;
  const entry = map(claim, "status_list");
  return { index: integer(entry, "idx"), listId: text(entry, "uri") };
}

function readHolderKey(cnf: PlainMap | null): Bytes | null {
  if (cnf === null) return null;
  const key = map(cnf, COSE_KEY);
  const [x, y] = [bytes(key, X), bytes(key, Y)];
  const isOnCurve = integer(key, KTY) === EC2 && integer(key, CRV) === P256;
  require(isOnCurve && x.length === COORDINATE_BYTES && y.length === COORDINATE_BYTES, "a holder key is a P-256 point");
  return joined(Uint8Array.of(4), x, y);
}

function refuseInconsistent(claims: Claims): void {
  const { issuer, region, issuedAt, expiresAt, since, until, statusList } = claims;
  require(REGION_CODE.test(issuer) && REGION_CODE.test(region), "a region is 1-16 of A-Z a-z 0-9 -");
  require(claims.credentialId.length === CTI_BYTES, "a credential id is 16 bytes");
  require([issuedAt, expiresAt, since, until ?? 0].every((each) => each >= 0), "times are after 1970");
  require(issuedAt < expiresAt, "a credential expires after its issue");
  if (statusList !== null) {
    require(statusList.index >= 0 && statusList.index < 2 ** 32, "an index of a status list fits in 32 bits");
    require(LIST_ID.test(statusList.listId), "a list id is 1-16 of A-Z a-z 0-9 . _ ~ -");
  }
  refusePaper(claims);
}

function refusePaper({ kind, maskedName, idTail }: Claims): void {
  if (maskedName === null && idTail === null) return;
  require(kind === "paper", "only paper may say anything of who its holder is");
  require(maskedName === null || maskedName.includes("*"), "a name is masked, with *");
  require(Array.from(maskedName ?? "").length <= MAX_MASKED_NAME, "a masked name has 64 characters at most");
  require(idTail === null || TAIL.test(idTail), "an id tail is two of A-Z 0-9");
}

function require(condition: boolean, message: string): void {
  if (!condition) throw new Malformed(message);
}

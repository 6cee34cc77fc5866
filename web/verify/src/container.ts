/** The layers around the claims: `HC1:`, base45, zlib, COSE_Sign1. Nothing here knows a key or what a claim means. */

import { decode as unbase45 } from "./base45.ts";
import { type Bytes, joined } from "./bytes.ts";
import { decode, head, type PlainMap, Tagged } from "./cbor.ts";
import { Malformed } from "./errors.ts";
import { inflated } from "./inflate.ts";
import { isBytes, isList, isMap } from "./reading.ts";

export const PREFIX = "HC1:";
/** A credential is some 300 bytes and 420 characters; what is far bigger is refused before it costs memory. */
export const MAX_TEXT = 2048;
export const MAX_COSE_BYTES = 2048;

const ES256 = -7;
const ALG = 1;
const KID = 4;
const TYPE = 16;
const SIGN1 = 18;
const SIGNATURE_BYTES = 64;
const MAX_KID_BYTES = 32;

/** The parts of a COSE_Sign1 message (RFC 9052). Nothing in it is to be believed before its signature is checked. */
export interface Sign1 {
  readonly protected: Bytes;
  readonly kid: Bytes;
  readonly payload: Bytes;
  readonly signature: Bytes;
}

/** Take a text apart into the signed parts. Raises Malformed. */
export function unpack(text: string): Sign1 {
  if (text.length > MAX_TEXT) throw new Malformed("too long");
  const body = withoutBreak(text);
  if (!body.startsWith(PREFIX)) throw new Malformed("does not begin with HC1:");
  return parse(inflated(unbase45(body.slice(PREFIX.length)), MAX_COSE_BYTES));
}

/** Scanners end what they type with a line break. Spaces stay: base45 uses them. */
export function withoutBreak(text: string): string {
  return text.replace(/[\r\n]+$/, "");
}

/** Take a COSE_Sign1 message apart, whose header names exactly that type. Raises Malformed. */
export function parse(data: Bytes, kind: string | null = null): Sign1 {
  const message = decode(data);
  if (!(message instanceof Tagged) || message.tag !== SIGN1) throw new Malformed("not a tagged COSE_Sign1 message");
  const [header, unprotected, payload, signature, ...more] = isList(message.value) ? message.value : [];
  if (!isBytes(header) || !isMap(unprotected) || !isBytes(payload) || !isBytes(signature) || more.length > 0) {
    throw new Malformed("not the four parts of COSE_Sign1");
  }
  if (unprotected.size > 0 || signature.length !== SIGNATURE_BYTES) {
    throw new Malformed("an unprotected header or a signature of the wrong length");
  }
  return { protected: header, kid: keyId(header, kind), payload, signature };
}

/** The claims in a payload, before anything is known of them. Raises Malformed. */
export function claimsMap(payload: Bytes): PlainMap {
  const claims = decode(payload);
  if (claims instanceof Tagged || !isMap(claims)) throw new Malformed("the payload is no map of claims");
  return claims;
}

/** The bytes that a signature is over: the Sig_structure of RFC 9052 section 4.4. */
export function toBeSigned(header: Bytes, payload: Bytes): Bytes {
  const context = "Signature1";
  return joined(
    ...[head(4, 4), head(3, context.length), context],
    ...[head(2, header.length), header, head(2, 0)],
    ...[head(2, payload.length), payload],
  );
}

function keyId(header: Bytes, kind: string | null): Bytes {
  const fields = decode(header);
  const size = kind === null ? 2 : 3;
  if (fields instanceof Tagged || !isMap(fields) || fields.size !== size) throw wrongHeader(kind);
  const kid = fields.get(KID);
  if (fields.get(ALG) !== ES256 || !isBytes(kid)) throw wrongHeader(kind);
  if (kind !== null && fields.get(TYPE) !== kind) throw wrongHeader(kind);
  if (kid.length === 0 || kid.length > MAX_KID_BYTES) throw new Malformed("a key id of a wrong length");
  return kid;
}

function wrongHeader(kind: string | null): Malformed {
  return new Malformed(`a protected header other than ES256, a key id and ${kind ?? "no type"}`);
}

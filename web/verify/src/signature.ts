/** ES256 by WebCrypto: ECDSA over P-256 with SHA-256. */

import { type Bytes, sha256, joined } from "./bytes.ts";
import { Malformed } from "./errors.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const VERIFYING = { name: "ECDSA", hash: "SHA-256" } as const;
const POINT_BYTES = 65;
const UNCOMPRESSED = 4;
const KID_BYTES = 8;
/** SubjectPublicKeyInfo of a P-256 key, up to its point. */
const SPKI = Uint8Array.from([
  ...[0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01],
  ...[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00],
]);

/** A public key of its uncompressed point (65 bytes). Raises Malformed for what is no point of P-256. */
export async function publicKey(point: Bytes): Promise<CryptoKey> {
  if (point.length !== POINT_BYTES || point[0] !== UNCOMPRESSED) {
    throw new Malformed("a key that is not written as an uncompressed point");
  }
  try {
    return await crypto.subtle.importKey("raw", point, ALGORITHM, false, ["verify"]);
  } catch (error) {
    if (error instanceof DOMException) throw new Malformed("a key that is no point of P-256");
    throw error;
  }
}

/** The id of a key: the first 8 bytes of SHA-256 over its SubjectPublicKeyInfo in DER. */
export async function keyId(point: Bytes): Promise<Bytes> {
  return (await sha256(joined(SPKI, point))).slice(0, KID_BYTES);
}

/** Whether `signature` (r and s, 32 bytes each) is the key's over `signed`. */
export function signatureHolds(key: CryptoKey, signed: Bytes, signature: Bytes): Promise<boolean> {
  return crypto.subtle.verify(VERIFYING, key, signature, signed);
}

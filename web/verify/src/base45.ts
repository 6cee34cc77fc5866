/** Base45 (RFC 9285): three characters for two bytes. */

import type { Bytes } from "./bytes.ts";
import { Malformed } from "./errors.ts";

const CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const VALUES: ReadonlyMap<string, number> = new Map(Array.from(CHARACTERS, (character, value) => [character, value]));

/** Raises Malformed for what no bytes encode to. */
export function decode(text: string): Bytes {
  if (text.length % 3 === 1) throw new Malformed("not base45");
  const data = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 ? 1 : 0));
  let size = 0;
  for (let at = 0; at < text.length; at += 3) {
    const isPair = at + 2 < text.length;
    const value = valueAt(text, at) + 45 * valueAt(text, at + 1) + (isPair ? 45 * 45 * valueAt(text, at + 2) : 0);
    if (value > (isPair ? 0xffff : 0xff)) throw new Malformed("not base45");
    if (isPair) data[size++] = value >> 8;
    data[size++] = value & 0xff;
  }
  return data;
}

export function encode(data: Uint8Array): string {
  let text = "";
  for (let at = 0; at < data.length; at += 2) {
    const isPair = at + 1 < data.length;
    const value = isPair ? ((data[at] ?? 0) << 8) + (data[at + 1] ?? 0) : (data[at] ?? 0);
    text += CHARACTERS.charAt(value % 45) + CHARACTERS.charAt(Math.floor(value / 45) % 45);
    if (isPair) text += CHARACTERS.charAt(Math.floor(value / (45 * 45)));
  }
  return text;
}

function valueAt(text: string, place: number): number {
  const value = VALUES.get(text.charAt(place));
  if (value === undefined) throw new Malformed("not base45");
  return value;
}

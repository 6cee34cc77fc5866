/**
 * A decoder for the CBOR that credentials are made of, and for nothing else: plain data in preferred serialization.
 *
 * Two readers of one message must not understand different things. So each value has one way to be written, and there
 * are only values that every reader has: no floats, no tags below the top, no numbers that a browser does not hold.
 */

import type { Bytes } from "./bytes.ts";
import { Malformed } from "./errors.ts";

export type PlainMap = ReadonlyMap<number | string, Plain>;
export type Plain = number | string | boolean | null | Bytes | readonly Plain[] | PlainMap;

export class Tagged {
  readonly tag: number;
  readonly value: Plain;

  constructor(tag: number, value: Plain) {
    this.tag = tag;
    this.value = value;
  }
}

const MOST_NESTED = 16;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decode one item; lengths and order of keys are as they were written. Raises Malformed, also for anything behind. */
export function decode(data: Bytes): Plain | Tagged {
  const reader = new Reader(data);
  const value = reader.top();
  if (!reader.isAtEnd) throw new Malformed("CBOR with something behind it");
  return value;
}

/** The first bytes of an item: its major type and its length or value. */
export function head(major: number, value: number): Bytes {
  const kind = major << 5;
  if (value < 24) return Uint8Array.of(kind | value);
  if (value < 0x100) return Uint8Array.of(kind | 24, value);
  if (value < 0x10000) return Uint8Array.of(kind | 25, value >> 8, value & 0xff);
  return Uint8Array.of(kind | 26, value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

class Reader {
  readonly #data: Bytes;
  readonly #view: DataView;
  #at = 0;

  constructor(data: Bytes) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#data.length;
  }

  top(): Plain | Tagged {
    const first = this.#data[this.#at];
    if (first === undefined || first >> 5 !== 6) return this.#item(MOST_NESTED);
    const tag = this.#argument(this.#byte() & 0x1f);
    return new Tagged(tag, this.#item(MOST_NESTED));
  }

  #item(room: number): Plain {
    const first = this.#byte();
    const info = first & 0x1f;
    switch (first >> 5) {
      case 0:
        return safe(this.#argument(info));
      case 1:
        return safe(-1 - this.#argument(info));
      case 2:
        return this.#bytes(this.#argument(info));
      case 3:
        return this.#text(this.#argument(info));
      case 4:
        return this.#list(this.#argument(info), room);
      case 5:
        return this.#map(this.#argument(info), room);
      case 7:
        return simple(info);
      default:
        throw new Malformed("a tag within CBOR");
    }
  }

  #byte(): number {
    const byte = this.#data[this.#at];
    if (byte === undefined) throw new Malformed("CBOR that is cut short");
    this.#at += 1;
    return byte;
  }

  /** A length or a number, in the fewest bytes that hold it; what is no safe integer comes out as one that is none. */
  #argument(info: number): number {
    if (info < 24) return info;
    const size = 1 << (info - 24);
    if (info > 27) throw new Malformed("CBOR of an indefinite length");
    if (this.#data.length - this.#at < size) throw new Malformed("CBOR that is cut short");
    const value = this.#number(size);
    const least = size === 1 ? 24 : 2 ** (4 * size);
    if (value < least) throw new Malformed("CBOR that could be read in two ways");
    this.#at += size;
    return value;
  }

  #number(size: number): number {
    const [view, at] = [this.#view, this.#at];
    if (size === 1) return view.getUint8(at);
    if (size === 2) return view.getUint16(at);
    if (size === 4) return view.getUint32(at);
    return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
  }

  #bytes(length: number): Bytes {
    if (length > this.#data.length - this.#at) throw new Malformed("CBOR that is cut short");
    this.#at += length;
    return this.#data.subarray(this.#at - length, this.#at);
  }

  #text(length: number): string {
    const bytes = this.#bytes(length);
    try {
      return UTF8.decode(bytes);
    } catch {
      throw new Malformed("a text that is no UTF-8");
    }
  }

  #list(length: number, room: number): readonly Plain[] {
    this.#expect(length, room);
    const list: Plain[] = [];
    for (let count = 0; count < length; count += 1) list.push(this.#item(room - 1));
    return list;
  }

  #map(length: number, room: number): PlainMap {
    this.#expect(2 * length, room);
    const map = new Map<number | string, Plain>();
    for (let count = 0; count < length; count += 1) {
      const key = this.#item(0);
      if (typeof key !== "number" && typeof key !== "string") throw new Malformed("a key that is no number or text");
      if (map.has(key)) throw new Malformed("a key said twice");
      map.set(key, this.#item(room - 1));
    }
    return map;
  }

  /** Each item has a byte at least: a length that the data cannot hold costs nothing. */
  #expect(items: number, room: number): void {
    if (room === 0) throw new Malformed("CBOR that is nested too deep");
    if (items > this.#data.length - this.#at) throw new Malformed("CBOR that is cut short");
  }
}

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw new Malformed("a number beyond 2^53");
  return value;
}

function simple(info: number): boolean | null {
  if (info === 20) return false;
  if (info === 21) return true;
  if (info === 22) return null;
  throw new Malformed("a value that is no plain data");
}

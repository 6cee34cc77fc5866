/** Reading the claims of signed maps: a missing or a wrong one says which. */

import type { Bytes } from "./bytes.ts";
import type { Plain, PlainMap } from "./cbor.ts";
import { Malformed } from "./errors.ts";

type Key = number | string;

const FIRST_SECOND = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;

export const isBytes = (value: Plain | undefined): value is Bytes => value instanceof Uint8Array;
export const isMap = (value: Plain | undefined): value is PlainMap => value instanceof Map;
export const isList = (value: Plain | undefined): value is readonly Plain[] => Array.isArray(value);

export function integer(source: PlainMap, key: Key): number {
  return get(source, key, "number", (value): value is number => typeof value === "number");
}

export function text(source: PlainMap, key: Key): string {
  return get(source, key, "text", (value): value is string => typeof value === "string");
}

export function bytes(source: PlainMap, key: Key): Bytes {
  return get(source, key, "bytes", isBytes);
}

export function map(source: PlainMap, key: Key): PlainMap {
  return get(source, key, "map", isMap);
}

export function list(source: PlainMap, key: Key): readonly Plain[] {
  return get(source, key, "list", isList);
}

/** Seconds since 1970, of a year from 1 to 9999. */
export function time(source: PlainMap, key: Key): number {
  const seconds = integer(source, key);
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) throw new Malformed("a time is out of bounds");
  return seconds;
}

/** A claim that may be missing: null if it is. */
export function optional<T>(read: (source: PlainMap, key: Key) => T, source: PlainMap, key: Key): T | null {
  return source.has(key) ? read(source, key) : null;
}

function get<T extends Plain>(
  source: PlainMap,
  key: Key,
  kind: string,
  is: (value: Plain | undefined) => value is T,
): T {
  const value = source.get(key);
  if (!is(value)) throw new Malformed(`claim ${key} is missing or no ${kind}`);
  return value;
}

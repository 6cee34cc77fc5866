/** zlib with a limit that acts while unzipping. */

import { Z_FINISH, Z_OK, Z_STREAM_END, ZStream, zlibInflate, zlibInflateInit } from "pako";

import type { Bytes } from "./bytes.ts";
import { Malformed } from "./errors.ts";

/** What was compressed, `most` bytes of it. Raises Malformed for more, for a broken stream and for one with a rest. */
export function inflated(data: Bytes, most: number): Bytes {
  const stream = new ZStream();
  stream.input = data;
  stream.avail_in = data.length;
  stream.output = new Uint8Array(most);
  stream.avail_out = most;
  if (zlibInflateInit(stream) !== Z_OK) throw new Error("zlib does not start");
  if (zlibInflate(stream, Z_FINISH) !== Z_STREAM_END || stream.avail_in > 0) {
    throw new Malformed("not zlib, too big when decompressed, cut short, or with something behind it");
  }
  return stream.output.slice(0, stream.total_out);
}

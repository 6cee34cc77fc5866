import fc from "fast-check";
import { deflate } from "pako";
import { describe, expect, test } from "vitest";

import { decode, encode } from "../src/base45.ts";
import { joined } from "../src/bytes.ts";
import { Checker, readDelta, readList, readTrust, TrustList, VERDICTS, verify } from "../src/index.ts";
import { anchors, checker, named, NOW, trusted, unhex, vectors } from "./vectors.ts";

const ALPHABET = [..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"];
const green = named("green, shown live").text;
const paper = named("paper").text;
const check = await checker();
const body = fc.string({ unit: fc.constantFrom(...ALPHABET), maxLength: 700 });

describe("any text is answered", () => {
  test.each([
    ["of any characters", fc.string({ unit: "binary", maxLength: 700 })],
    ["behind the prefix", body.map((text) => `HC1:${text}`)],
    ["behind a proof's prefix", body.map((text) => `HK1:${text}`)],
    ["behind a good proof", body.map((text) => `${green.slice(0, 118)}HC1:${text}`)],
    ["of any bytes in the layers", fc.uint8Array({ maxLength: 300 }).map((data) => layers(data))],
    ["of any message in COSE's tag", fc.uint8Array({ maxLength: 300 }).map((data) => layers(joined(TAG, data)))],
  ])("%s", async (_, texts) => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const { verdict, claims } = await check.check(text, NOW);
        expect(Object.keys(VERDICTS)).toContain(verdict);
        expect(verdict).not.toBe("valid");
        expect(claims).toBeNull();
      }),
      { numRuns: 500 },
    );
  });
});

const TAG = Uint8Array.of(0xd2, 0x84, 0x40, 0xa0);

function layers(data: Uint8Array): string {
  return `HC1:${encode(deflate(data))}`;
}

test("no changed character of a live code is valid", async () => {
  for (let place = 0; place < green.length; place += 1) {
    const others = ALPHABET.filter((each) => each !== green[place]);
    const changed = [...others, "\n", "a", "健"].map((each) => green.slice(0, place) + each + green.slice(place + 1));
    const answers = await Promise.all(changed.map((text) => check.check(text, NOW)));
    expect(answers.filter(({ verdict }) => verdict === "valid")).toEqual([]);
  }
});

test("no changed character of a code on paper says something else", async () => {
  // zlib has padding bits that mean nothing, so a changed text may still hold the very same message.
  const { claims } = await check.check(paper, NOW);
  for (let place = 0; place < paper.length; place += 1) {
    const changed = ALPHABET.map((each) => paper.slice(0, place) + each + paper.slice(place + 1));
    const answers = await Promise.all(changed.map((text) => check.check(text, NOW)));
    for (const answer of answers) if (answer.verdict === "valid") expect(answer.claims).toEqual(claims);
  }
});

test("no cut or lengthened code is valid", async () => {
  const texts = Array.from(green, (_, length) => green.slice(0, length)).concat(ALPHABET.map((each) => green + each));
  const answers = await Promise.all(texts.map((text) => check.check(text, NOW)));
  expect(answers.filter(({ verdict }) => verdict === "valid")).toEqual([]);
});

test("a bomb is refused before it is big", async () => {
  const bomb = layers(new Uint8Array(1_000_000));
  expect(bomb.length).toBeLessThan(2048);
  expect((await verify(bomb, new TrustList([]), NOW)).verdict).toBe("malformed");
});

const REFUSED = { name: expect.stringMatching(/^(Malformed|NotTrusted)$/) };

test.each([
  ["trust list", vectors.trust_list, async (data: Uint8Array) => readTrust(data, await anchors())],
  ["status list", vectors.status_list, async (data: Uint8Array) => readList(data, await trusted())],
  ["delta", vectors.delta, async (data: Uint8Array) => readDelta(data, await trusted())],
])("every changed byte of a %s is refused", async (_, written, read) => {
  const good = unhex(written);
  await read(good);
  for (let place = 0; place < good.length; place += 1) {
    for (const change of [1, 0x20, 0x80, 0xff]) {
      const changed = good.slice();
      changed[place] = (changed[place] ?? 0) ^ change;
      await expect(read(changed)).rejects.toMatchObject(REFUSED);
    }
  }
  await expect(read(good.slice(0, -1))).rejects.toMatchObject(REFUSED);
  await expect(read(joined(good, Uint8Array.of(0)))).rejects.toMatchObject(REFUSED);
});

test("any bytes are refused as a document, and nothing else happens", async () => {
  const [trust, nation] = [await trusted(), await anchors()];
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (data) => {
      for (const reading of [readTrust(data, nation), readList(data, trust), readDelta(data, trust)]) {
        await expect(reading).rejects.toMatchObject({ name: "Malformed" });
      }
    }),
  );
});

test("deep nesting within the size of a document is refused", async () => {
  const deep = new Uint8Array(4 << 20).fill(0x81);
  await expect(readTrust(deep, await anchors())).rejects.toMatchObject({ name: "Malformed" });
  await expect(readTrust(joined(deep, deep), await anchors())).rejects.toMatchObject({ name: "Malformed" });
});

test("base45 comes back", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (data) => {
      expect(decode(encode(data))).toEqual(data);
    }),
  );
});

test("no time is no time to check at", async () => {
  await expect(check.check(green, Number.NaN)).rejects.toThrow(RangeError);
  await expect(new Checker(await trusted()).check(green, Number.POSITIVE_INFINITY)).rejects.toThrow(RangeError);
});

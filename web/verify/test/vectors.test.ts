import { expect, test } from "vitest";

import { Gap, Malformed, NotTrusted, Older, placeOf, readDelta, readList, readTrust } from "../src/index.ts";
import { StatusList, VERDICTS } from "../src/index.ts";
import { anchors, cases, checker, trusted, unhex, vectors } from "./vectors.ts";

const check = await checker();

test.each(cases)("$name", async ({ text, now, verdict, act, challenge }) => {
  const place = challenge === undefined ? null : await placeOf(challenge);
  const answer = await check.check(text, now, place);
  expect([answer.verdict, answer.act]).toEqual([verdict, act ?? null]);
});

test("every verdict is among them, and speaks as in Python", () => {
  expect(new Set(cases.map(({ verdict }) => verdict))).toEqual(new Set(Object.keys(VERDICTS)));
  expect(VERDICTS).toEqual(vectors.verdicts);
});

const OUTCOMES = { malformed: Malformed, not_trusted: NotTrusted, older: Older, gap: Gap };
const before = new StatusList({ issuer: "330000", listId: "a", version: 4, asOf: 0 }, new Uint8Array(512));

async function read(kind: string, data: Uint8Array): Promise<unknown> {
  if (kind === "trust_list") return readTrust(data, await anchors(), 3);
  const trust = await trusted();
  return kind === "status_list" ? readList(data, trust) : before.after(await readDelta(data, trust));
}

test.each(vectors.documents)("$kind: $name", async ({ kind, outcome, data }) => {
  const reading = read(kind, unhex(data));
  if (outcome === "read") await reading;
  else await expect(reading).rejects.toBeInstanceOf(OUTCOMES[outcome as keyof typeof OUTCOMES]);
});

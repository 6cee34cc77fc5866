import { beforeAll, expect, test } from "vitest";

import { type Bytes, Checker, checkPolicy, placeOf, readDelta, readList, show, StatusList } from "../src/index.ts";
import { trustEntry, TrustList, verify } from "../src/index.ts";
import { checker, named, NOW, trusted, unhex, vectors } from "./vectors.ts";

const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const green = named("no proof").text;
const live = named("green, shown live").text;
let device: CryptoKey;

beforeAll(async () => {
  const secret = unhex(vectors.test_only_device_key_pkcs8);
  device = await crypto.subtle.importKey("pkcs8", secret, ES256, false, ["sign"]);
});

async function sign(message: Bytes): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign(ES256, device, message));
}

test("a browser's own proof is fresh, and repeated when it is scanned again", async () => {
  const check = await checker();
  const place = await placeOf("gate");
  const shown = await show(green, NOW, sign, place);
  expect(shown.length - green.length).toBe(118);
  expect(await check.check(shown, NOW, place)).toMatchObject({ verdict: "valid", repeated: false });
  expect(await check.check(shown, NOW, place)).toMatchObject({ verdict: "valid", repeated: true });
  expect(await check.check(await show(green, NOW, sign, place), NOW, place)).toMatchObject({ repeated: false });
  expect(await check.check(await show(green, NOW, sign), NOW, place)).toMatchObject({ verdict: "not_fresh" });
});

test("of two scans at once one is repeated", async () => {
  const check = await checker();
  const answers = await Promise.all([check.check(live, NOW), check.check(live, NOW)]);
  expect(answers.map(({ repeated }) => repeated).sort()).toEqual([false, true]);
});

test("keys whose ids collide are all tried", async () => {
  const known = (await trusted()).candidates(unhex(vectors.issuer_kid), "credential")[0];
  if (known === undefined) throw new Error("the issuer is not in the trust list");
  const scope = { region: "420000", notBefore: 0, notAfter: NOW * 2, usages: new Set(["credential"] as const) };
  const other = { ...(await trustEntry(unhex(vectors.anchor), scope)), kid: known.kid };
  for (const entries of [[other, known], [known, other]]) {
    expect((await verify(green, new TrustList(entries), NOW)).verdict).toBe("valid");
  }
  expect((await verify(green, new TrustList([other]), NOW)).verdict).toBe("bad_signature");
});

test("a key counts from its first moment on, and not in its last", async () => {
  const [known] = (await trusted()).candidates(unhex(vectors.issuer_kid), "credential");
  if (known === undefined) throw new Error("the issuer is not in the trust list");
  const issuedAt = (await verify(green, new TrustList([known]), NOW)).claims?.issuedAt ?? 0;
  for (const [notBefore, notAfter, verdict] of [
    [issuedAt, NOW + 1, "valid"],
    [issuedAt + 1, NOW + 1, "unknown_issuer"],
    [issuedAt, NOW, "unknown_issuer"],
  ] as const) {
    const found = await verify(green, new TrustList([{ ...known, notBefore, notAfter }]), NOW);
    expect(found.verdict).toBe(verdict);
  }
});

test("what tells of revocation goes through when it breaks", async () => {
  const trust = await trusted();
  expect((await verify(green, trust, NOW, { isRevoked: () => true })).verdict).toBe("revoked");
  const broken = verify(green, trust, NOW, {
    isRevoked: () => {
      throw new Error("the list is broken");
    },
  });
  await expect(broken).rejects.toThrow("the list is broken");
});

test("an older list changes nothing, an older trust list neither", async () => {
  const trust = await trusted();
  const whole = await readList(unhex(vectors.status_list), trust);
  const newest = whole.after(await readDelta(unhex(vectors.delta), trust));
  const check = new Checker(trust, [newest, whole]);
  check.update({ trust: new TrustList([], [], { sequence: 2, asOf: NOW }), lists: [whole] });
  const revoked = named("revoked by the delta");
  expect((await check.check(revoked.text, NOW)).verdict).toBe("revoked");
  expect((await new Checker(trust, [whole]).check(revoked.text, NOW)).verdict).toBe("valid");
});

test("a list only grows", () => {
  const named = { issuer: "330000", listId: "a", asOf: 10 };
  const list = new StatusList({ ...named, version: 4 }, new Uint8Array(2));
  const after = list.after({ ...named, since: 3, version: 5, asOf: 20, newly: [0, 9] });
  expect([after.version, after.asOf, Array.from(after.bits)]).toEqual([5, 20, [1, 2]]);
  const late = after.after({ ...named, since: 0, version: 1, asOf: 5, newly: [1] });
  expect([late.version, late.asOf, Array.from(late.bits)]).toEqual([5, 20, [3, 2]]);
  expect([late.isRevoked(9), late.isRevoked(8), late.isRevoked(16)]).toEqual([true, false, null]);
  expect(Array.from(list.bits)).toEqual([0, 0]);
  expect(() => list.after({ ...named, listId: "b", since: 0, version: 1, newly: [] })).toThrow(RangeError);
});

test("a policy without a limit is refused", () => {
  for (const changes of [{ proofAge: 0 }, { listsAge: -1 }, { trustAge: Number.NaN }, { trustAge: Infinity }]) {
    expect(() => checkPolicy(changes)).toThrow(RangeError);
  }
  expect(() => checkPolicy({ acts: { "00": "may_enter", "01": "", "10": "x" } })).toThrow("no act for 01");
});

test("a region may take pictures, and refuse paper", async () => {
  const trust = await trusted();
  const lists = [await readList(unhex(vectors.status_list), trust)];
  const check = new Checker(trust, lists, { live: false, paperAge: null });
  expect((await check.check(green, NOW)).verdict).toBe("valid");
  expect((await check.check(green, NOW, await placeOf("gate"))).verdict).toBe("not_fresh");
  expect((await check.check(named("paper").text, NOW)).verdict).toBe("expired");
});

import { correction, generate } from "lean-qr";
import { expect, test, vi } from "vitest";

import { isHolders, split } from "../../verify/src/proof.ts";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
vi.stubGlobal("sessionStorage", { getItem: () => null, setItem: () => undefined });
vi.stubGlobal("navigator", { language: "zh-CN" });
const { liveText, turn } = await import("../src/citizen/holder.ts");

const CREDENTIAL = `HC1:${"6BFA70M90".repeat(46)}`;

async function held() {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const credential = { credential: CREDENTIAL, color: "green", issued_at: "", expires_at: "", refresh_at: "" } as const;
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { held: { key: pair.privateKey, credential, version: "1.1" }, point };
}

test("what the device shows is the holder's proof for that credential, and for no other", async () => {
  const { held: one, point } = await held();
  const [proof, credential] = split(await liveText(one, 1_581_400_800_999));
  expect(credential).toBe(CREDENTIAL);
  expect(proof?.at).toBe(1_581_400_800);
  expect(proof !== null && (await isHolders(proof, credential, point))).toBe(true);
  expect(proof !== null && (await isHolders(proof, `${credential}0`, point))).toBe(false);
  expect(one.key.extractable).toBe(false);
});

test("it is drawn anew every half minute, small enough for the camera of an old phone", async () => {
  expect(turn(29_999)).toBe(turn(0));
  expect(turn(30_000)).toBe(turn(0) + 1);
  const { held: one } = await held();
  const code = generate(await liveText(one, Date.now()), { minCorrectionLevel: correction.M, maxCorrectionLevel: correction.M });
  expect(code.size).toBeLessThanOrEqual(77); // version 15
});

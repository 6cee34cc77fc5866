import { describe, expect, test, vi } from "vitest";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
vi.stubGlobal("navigator", { language: "zh-CN" });
const { declarationOf, fault, fresh, isIdNumber } = await import("../src/citizen/draft.ts");

const typed = { ...fresh(null), name: "王小明", idNumber: "11010519491231002X", phone: "13800001234" };

describe("a declaration as it is typed", () => {
  test.each([
    ["11010519491231002X", true],
    ["110105194912310021", false],
    ["11010519491231002x", false],
    ["1101051949123100", false],
    ["", false],
  ])("the check digit of %s", (number, right) => {
    expect(isIdNumber(number)).toBe(right);
  });

  test.each([
    ["phone", "12", true],
    ["phone", "+86 138-0000-1234", false],
    ["temperature", "", false],
    ["temperature", "33.9", true],
    ["temperature", "36,5", true],
    ["temperature", "43", false],
    ["name", "  ", true],
  ] as const)("%s as %s", (field, value, wrong) => {
    expect(fault({ ...typed, [field]: value }, field) !== "").toBe(wrong);
  });

  test("whoever is not well says how, and whoever was away says where and when", () => {
    expect(fault({ ...typed, well: "no" }, "symptoms")).not.toBe("");
    expect(fault({ ...typed, well: "no", symptoms: ["cough"] }, "symptoms")).toBe("");
    const stay = { area: "420100", since: "2020-02-05", until: "2020-02-03" };
    expect(fault({ ...typed, away: "yes", stays: [stay] }, "stays")).not.toBe("");
    expect(fault({ ...typed, away: "yes", stays: [{ ...stay, until: "2020-02-05" }] }, "stays")).toBe("");
    expect(fault({ ...typed, away: "yes", stays: [] }, "stays")).not.toBe("");
  });

  test("what was ticked before and taken back is not sent", () => {
    const draft = { ...typed, well: "yes", symptoms: ["cough"], away: "no", contact: "no", promise: true } as const;
    expect(declarationOf(draft)).toMatchObject({ health: { symptoms: [], contact: false, stays: [], promise: true } });
    expect(JSON.stringify(declarationOf(draft))).not.toContain("temperature");
  });
});

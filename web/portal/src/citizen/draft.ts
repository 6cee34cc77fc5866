/** What was typed of a declaration: kept after each letter, so that it is still there tomorrow, and how it is checked. */

import { drop, keep, load } from "../shared/kept.ts";
import { t, type Text } from "../shared/lang.ts";
import type { Identity } from "../shared/session.ts";

export interface Stay {
  readonly area: string;
  readonly since: string;
  readonly until: string;
}

export interface Draft {
  readonly key: string;
  readonly step: number;
  readonly name: string;
  readonly idNumber: string;
  readonly phone: string;
  readonly residence: string;
  readonly address: string;
  readonly temperature: string;
  readonly well: "" | "yes" | "no";
  readonly symptoms: readonly string[];
  readonly contact: "" | "yes" | "no";
  readonly away: "" | "yes" | "no";
  readonly stays: readonly Stay[];
  readonly promise: boolean;
}

export type Field = keyof Draft;

const ROOM = "draft";
const FAULTS = {
  empty: ["请填写", "Please fill this in"],
  phone: ["请填写 6 至 20 位的电话号码", "A phone number has 6 to 20 digits"],
  number: ["身份证号码有误：请核对 18 位数字", "That number is not right: check its 18 characters"],
  temperature: ["体温在 34 至 43 度之间", "Between 34 and 43 degrees"],
  choose: ["请选择", "Please choose"],
  days: ["开始日期不能晚于结束日期", "The first day cannot be after the last"],
} satisfies Record<string, Text>;
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** GB 11643-1999: the last character is a check on the others. */
export function isIdNumber(number: string): boolean {
  if (!/^\d{17}[\dX]$/.test(number)) return false;
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(number[at]), 0);
  return "10X98765432"[sum % 11] === number[17];
}

export function fresh(who: Identity | null): Draft {
  return {
    key: crypto.randomUUID(), step: 0, name: who?.name ?? "", idNumber: who?.idNumber ?? "", phone: "", residence: "",
    address: "", temperature: "", well: "", symptoms: [], contact: "", away: "", stays: [], promise: false,
  }; // prettier-ignore
}

/** What is wrong with a field as it stands, in words; nothing when it is right. */
export function fault(draft: Draft, field: Field): string {
  const said = (text: Text): string => t(text);
  switch (field) {
    case "name":
    case "address":
      return draft[field].trim() === "" ? said(FAULTS.empty) : "";
    case "idNumber":
      return isIdNumber(draft.idNumber) ? "" : said(FAULTS.number);
    case "phone":
      return /^\+?\d[\d -]{4,18}\d$/.test(draft.phone.trim()) ? "" : said(FAULTS.phone);
    case "residence":
      return draft.residence === "" ? said(FAULTS.choose) : "";
    case "temperature": {
      const degrees = Number(draft.temperature);
      return draft.temperature === "" || (degrees >= 34 && degrees <= 43) ? "" : said(FAULTS.temperature);
    }
    case "well":
    case "contact":
    case "away":
      return draft[field] === "" ? said(FAULTS.choose) : "";
    case "symptoms":
      return draft.well === "no" && draft.symptoms.length === 0 ? said(FAULTS.choose) : "";
    case "stays":
      return draft.away === "yes" ? staysFault(draft.stays) : "";
    case "promise":
      return draft.promise ? "" : said(FAULTS.choose);
    default:
      return "";
  }
}

function staysFault(stays: readonly Stay[]): string {
  if (stays.length === 0 || stays.some((stay) => stay.area === "" || stay.since === "" || stay.until === "")) {
    return t(FAULTS.empty);
  }
  return stays.some((stay) => stay.since > stay.until) ? t(FAULTS.days) : "";
}

/** As POST /v1/declarations takes it. */
export function declarationOf(draft: Draft): object {
  return {
    basic: {
      name: draft.name.trim(),
      id_type: "resident_id",
      id_number: draft.idNumber,
      phone: draft.phone.trim(),
      address: draft.address.trim(),
      residence: draft.residence,
    },
    health: {
      ...(draft.temperature === "" ? {} : { temperature: Number(draft.temperature) }),
      symptoms: draft.well === "no" ? draft.symptoms : [],
      contact: draft.contact === "yes",
      stays: draft.away === "yes" ? draft.stays : [],
      promise: draft.promise,
    },
  };
}

export const loadDraft = (): Promise<Draft | undefined> => load<Draft>(ROOM);
export const keepDraft = (draft: Draft): Promise<unknown> => keep(ROOM, draft);
export const dropDraft = (): Promise<unknown> => drop(ROOM);

/** What the value sets of the interfaces are called (docs/value-sets.md). */

import { COLORS, type Color, WORDS } from "../shared/colors.tsx";
import { t, type Text } from "../shared/lang.ts";

export const CATEGORIES: Readonly<Record<string, Text>> = {
  confirmed: ["确诊病例", "confirmed case"],
  clinical: ["临床诊断病例", "clinically diagnosed case"],
  suspected: ["疑似病例", "suspected case"],
  asymptomatic: ["无症状感染者", "asymptomatic infection"],
  close_contact: ["密切接触者", "close contact"],
  secondary_contact: ["密接的密接", "contact of a close contact"],
  discharged: ["出院随访人员", "discharged, in follow-up"],
  fever_clinic: ["发热门诊患者", "fever-clinic patient"],
  isolated: ["隔离医学观察人员", "isolated for medical observation"],
  inbound: ["境外入境人员", "arrived from abroad"],
  space_time_companion: ["时空伴随人员", "space-time companion"],
  co_investigation: ["协查人员", "person in a co-investigation"],
  test_refused: ["应检未检人员", "test refused or missed"],
};

export const LEVELS: Readonly<Record<string, Text>> = {
  low: ["低风险", "low risk"],
  medium: ["中风险", "medium risk"],
  high: ["高风险", "high risk"],
};

export const STATES: Readonly<Record<string, Text>> = {
  open: ["待复核", "waiting"],
  approved: ["已批准", "approved"],
  rejected: ["已否决", "turned down"],
  expired: ["已过期", "expired"],
};

export const KINDS: Readonly<Record<string, Text>> = {
  "area-change": ["调整风险区", "change of areas"],
  decision: ["人工决定", "decision by hand"],
  "decision-withdrawal": ["撤回人工决定", "withdrawal of a decision"],
  "policy-activation": ["启用政策", "policy put in force"],
  "policy-rollback": ["回退政策", "policy rolled back"],
  rotate: ["启用新密钥", "new key"],
  revoke: ["作废密钥", "key revoked"],
};

/** A value in the reader's language; one without a name stands for itself. */
export function named(names: Readonly<Record<string, Text>>, value: string): string {
  const text = names[value];
  return text === undefined ? value : t(text);
}

export const isColor = (value: string): value is Color => COLORS.includes(value as Color);
export const colorWord = (value: string): string => (isColor(value) ? t(WORDS[value]) : value);

/** Words for the codes of value sets that the interfaces answer without words. */

import { t, type Text } from "./lang.ts";

export const CATEGORIES: Readonly<Record<string, Text>> = {
  confirmed: ["确诊病例", "Confirmed case"],
  clinical: ["临床诊断病例", "Clinically diagnosed case"],
  suspected: ["疑似病例", "Suspected case"],
  asymptomatic: ["无症状感染者", "Asymptomatic infection"],
  close_contact: ["密切接触者", "Close contact"],
  secondary_contact: ["密接的密接", "Contact of a close contact"],
  discharged: ["出院随访人员", "Discharged, in follow-up"],
  fever_clinic: ["发热门诊患者", "Fever-clinic patient"],
  isolated: ["隔离医学观察人员", "Isolated for observation"],
  inbound: ["境外入境人员", "Arrived from abroad"],
  space_time_companion: ["时空伴随人员", "Space-time companion"],
  co_investigation: ["协查人员", "In a co-investigation"],
  test_refused: ["应检未检人员", "Refused a test"],
};

export const LEVELS: Readonly<Record<string, Text>> = {
  low: ["低风险", "Low risk"],
  medium: ["中风险", "Medium risk"],
  high: ["高风险", "High risk"],
};

/** What a person says is wrong with a fact. */
export const COMPLAINTS: Readonly<Record<string, Text>> = {
  not_me: ["不是本人", "It is about somebody else"],
  wrong: ["内容有误", "What it says is wrong"],
  outdated: ["已解除或已过期", "It has ended"],
  not_there: ["未到过该地", "I was not there"],
  other: ["其他", "Something else"],
};

export const PROPOSALS: Readonly<Record<string, Text>> = {
  open: ["待复核", "Waiting"],
  approved: ["已通过", "Approved"],
  rejected: ["已否决", "Rejected"],
  expired: ["已过期", "Ended"],
};

/** The word for a code; the code itself where there is none. */
export const word = (terms: Readonly<Record<string, Text>>, code: string): string => {
  const known = terms[code];
  return known === undefined ? code : t(known);
};

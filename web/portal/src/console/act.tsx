/** What a proposal would do, in words, and as a change that can be tried. */

import type { JSX } from "preact";

import { areaName } from "../shared/areas.ts";
import { moment, t, type Text } from "../shared/lang.ts";
import { colorWord, LEVELS, named } from "./values.ts";

const TEXTS = {
  level: ["将{area}划为{level}：{from}起，{until}。依据：{evidence}", "{area} becomes {level} from {from}, {until}. Evidence: {evidence}"],
  back: ["撤回{area}的{level}（曾自 {from} 起）", "{level} of {area} is taken back (it was from {from})"],
  until: ["到 {when}", "until {when}"],
  open: ["未定截止", "with no end"],
  decision: [
    "化名 {who}：{what}，{from} 至 {until}。依据：{evidence}",
    "Person {who}: {what}, {from} to {until}. Evidence: {evidence}",
  ],
  atLeast: ["至少为{color}", "at least {color}"],
  exempt: ["不适用规则 {rules}", "the rules {rules} do not count"],
  undecide: ["撤回人工决定 {entry}", "The decision {entry} is taken back"],
  activation: ["政策 {file} 自 {from} 起执行，所有人重新评定", "Policy {file} is in force from {from}; everybody is judged anew"],
  rollback: ["恢复政策版本 {version}，{from}，所有人重新评定", "Policy version {version} is in force again, {from}; everybody is judged anew"],
  atOnce: ["批准即生效", "at once when approved"],
} satisfies Record<string, Text>;

export interface Proposal {
  readonly id: string;
  readonly kind: string;
  readonly act: Readonly<Record<string, unknown>>;
  readonly why: string;
  readonly proposed_by: string;
  readonly proposed_at: string;
  readonly ends_at: string;
  readonly state: string;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly note: string | null;
}

interface Level {
  readonly entry: string;
  readonly revision: number;
  readonly area: string;
  readonly level: string;
  readonly evidence: string;
  readonly valid_from: string;
  readonly valid_until: string | null;
  readonly withdrawn: boolean;
}

const levels = (proposal: Proposal): readonly Level[] => (proposal.act["levels"] as Level[] | undefined) ?? [];
const text = (proposal: Proposal, name: string): string => String(proposal.act[name] ?? "");

export function Act(props: { proposal: Proposal }): JSX.Element {
  return (
    <ul>
      {sentences(props.proposal).map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}

function sentences(proposal: Proposal): string[] {
  switch (proposal.kind) {
    case "area-change":
      return levels(proposal).map(level);
    case "decision":
      return [decision(proposal)];
    case "decision-withdrawal":
      return [t(TEXTS.undecide, { entry: text(proposal, "entry") })];
    case "policy-activation":
      return [t(TEXTS.activation, { file: text(proposal, "file"), from: moment(text(proposal, "effective")) })];
    case "policy-rollback": {
      const from = proposal.act["effective"] ? moment(text(proposal, "effective")) : t(TEXTS.atOnce);
      return [t(TEXTS.rollback, { version: text(proposal, "version"), from })];
    }
    default:
      return [JSON.stringify(proposal.act)];
  }
}

function level(each: Level): string {
  return t(each.withdrawn ? TEXTS.back : TEXTS.level, {
    area: areaName(each.area),
    level: named(LEVELS, each.level),
    from: moment(each.valid_from),
    until: each.valid_until === null ? t(TEXTS.open) : t(TEXTS.until, { when: moment(each.valid_until) }),
    evidence: each.evidence,
  });
}

function decision(proposal: Proposal): string {
  const color = proposal.act["color"];
  const exempts = text(proposal, "exempts");
  return t(TEXTS.decision, {
    who: text(proposal, "subject").slice(0, 8),
    what: [
      color ? t(TEXTS.atLeast, { color: colorWord(String(color)) }) : "",
      exempts === "" ? "" : t(TEXTS.exempt, { rules: exempts }),
    ]
      .filter(Boolean)
      .join("; "),
    from: moment(text(proposal, "valid_from")),
    until: moment(text(proposal, "valid_until")),
    evidence: text(proposal, "evidence"),
  });
}

/** What to try; null for what touches one person alone. */
export function effectOf(proposal: Proposal): object | null {
  switch (proposal.kind) {
    case "area-change": {
      const wanted = levels(proposal).filter((each) => !each.withdrawn);
      const back = levels(proposal).filter((each) => each.withdrawn);
      return {
        ...(wanted.length > 0 && {
          areas: wanted.map((each) => ({
            area: each.area,
            level: each.level,
            valid_from: each.valid_from,
            ...(each.valid_until !== null && { valid_until: each.valid_until }),
            ...(each.revision > 1 && { entry: each.entry }),
          })),
        }),
        withdrawn: back.map((each) => each.entry),
      };
    }
    case "policy-activation":
      return { files: { [text(proposal, "file")]: text(proposal, "text") } };
    case "policy-rollback":
      return { version: text(proposal, "version") };
    default:
      return null;
  }
}

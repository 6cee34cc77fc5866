/** The region's keys: how they stand, and what two officers decide about them. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Fault } from "../shared/frame.tsx";
import { get, post } from "../shared/http.ts";
import { moment, t, type Text } from "../shared/lang.ts";
import { useCell } from "../shared/cell.ts";
import { identity } from "../shared/session.ts";
import { Ask } from "./dialog.tsx";
import { useLoaded } from "./load.ts";
import { type Column, Table } from "./table.tsx";
import { KINDS, named, STATES } from "./values.ts";

const TEXTS = {
  title: ["密钥", "Keys"],
  lead: [
    "签发凭证和状态清单的密钥。更换与作废都由两人复核，由保管人执行。",
    "The keys that sign credentials and status lists. Two officers decide on a new one or on a void one; who holds the keys carries it out.",
  ],
  keys: ["密钥", "Keys"],
  changes: ["变更事项", "Changes"],
  key: ["密钥", "Key"],
  usage: ["用途", "For"],
  stands: ["状态", "Stands"],
  from: ["签发自", "Signs from"],
  until: ["签发至", "Signs until"],
  believed: ["有效至", "Believed until"],
  act: ["事项", "Change"],
  why: ["理由", "Why"],
  by: ["提出人", "By"],
  state: ["状态", "State"],
  done: ["已执行", "Carried out"],
  yes: ["是", "yes"],
  handle: ["办理", "Handle"],
  rotate: ["提出启用新密钥", "Propose a new key"],
  revoke: ["提出作废", "Propose that it is void"],
  approve: ["批准", "Approve"],
  reject: ["否决", "Turn down"],
  rotateWill: [
    "新的凭证签名密钥自 {from} 起签发（8 天后，长于离线查验端最长更新间隔 7 天）。现有凭证继续有效。",
    "A new key signs credentials from {from} on (in 8 days: longer than the 7 days that a verifier may go on with old lists). What there is stays good.",
  ],
  revokeWill: [
    "此密钥签过的所有凭证立即作废，逐一重新签发：在线设备自动换新，纸质凭证须到柜台重打，离线查验端在更新清单前仍会放行。",
    "Everything that this key signed is void at once and made anew: devices fetch theirs by themselves, paper has to be printed again, and verifiers without network let it pass until they fetch the lists.",
  ],
  second: ["另一位工作人员批准后才会发生。", "Nothing happens until another officer approves."],
  approveWill: ["保管密钥的人随后执行，不能撤销。", "Who holds the keys then carries it out; it cannot be undone."],
  rejectWill: ["不会执行。", "It is not done."],
} satisfies Record<string, Text>;
const USAGES: Readonly<Record<string, Text>> = { credential: ["凭证", "credentials"], lists: ["状态清单", "status lists"] };
const STANDS: Readonly<Record<string, Text>> = {
  announced: ["已公布", "announced"],
  signs: ["在用", "signs"],
  believed: ["仍有效", "believed"],
  over: ["已到期", "over"],
  revoked: ["已作废", "revoked"],
};
const LEAD_HOURS = 192;

interface Key {
  readonly key: string;
  readonly usage: string;
  readonly stands: string;
  readonly signs_from: string;
  readonly signs_until: string | null;
  readonly believed_until: string;
}
interface Change {
  readonly proposal: string;
  readonly act: string;
  readonly usage: string;
  readonly key: string | null;
  readonly why: string;
  readonly proposed_by: string;
  readonly state: string;
  readonly done: boolean;
}
interface Asked {
  readonly title: string;
  readonly will: string;
  readonly path: string;
  readonly body: object;
  readonly why: boolean;
}

export function Keys(): JSX.Element {
  const who = useCell(identity);
  const keys = useLoaded(() => get<{ keys: readonly Key[] }>("/v1/keys"), [], 15_000);
  const changes = useLoaded(() => get<{ as_of: string; items: readonly Change[] }>("/v1/keys/changes?limit=100"), [], 15_000);
  const [asked, setAsked] = useState<Asked | null>(null);

  const begins = Date.parse(changes.data?.as_of ?? "") + LEAD_HOURS * 3_600_000;
  const rotate = (): void =>
    setAsked({
      title: t(TEXTS.rotate),
      will: t(TEXTS.rotateWill, { from: Number.isNaN(begins) ? "–" : moment(begins) }),
      path: "/v1/keys/rotations",
      body: { usage: "credential", lead_hours: LEAD_HOURS },
      why: true,
    });
  const revoke = (key: Key): void =>
    setAsked({
      title: `${t(TEXTS.revoke)}: ${key.key}`,
      will: t(TEXTS.revokeWill),
      path: "/v1/keys/revocations",
      body: { usage: key.usage, key: key.key },
      why: true,
    });
  const decide = (change: Change, approval: boolean): void =>
    setAsked({
      title: `${t(approval ? TEXTS.approve : TEXTS.reject)}: ${named(KINDS, change.act)}`,
      will: `${change.act === "revoke" && approval ? t(TEXTS.revokeWill) : ""} ${t(approval ? TEXTS.approveWill : TEXTS.rejectWill)}`,
      path: `/v1/keys/changes/${change.proposal}/${approval ? "approval" : "rejection"}`,
      body: {},
      why: !approval,
    });

  const keyColumns: readonly Column<Key>[] = [
    { key: "usage", title: TEXTS.usage, value: (row) => named(USAGES, row.usage), choose: true },
    { key: "key", title: TEXTS.key, value: (row) => row.key, show: (row) => <code>{row.key}</code> },
    { key: "stands", title: TEXTS.stands, value: (row) => named(STANDS, row.stands), choose: true },
    { key: "from", title: TEXTS.from, value: (row) => row.signs_from, time: true },
    { key: "until", title: TEXTS.until, value: (row) => row.signs_until, time: true },
    { key: "believed", title: TEXTS.believed, value: (row) => row.believed_until, time: true },
    {
      key: "handle",
      title: TEXTS.handle,
      value: () => "",
      show: (row) =>
        row.stands === "revoked" ? null : (
          <button type="button" class="quiet" onClick={() => revoke(row)}>
            {t(TEXTS.revoke)}
          </button>
        ),
    },
  ];
  const changeColumns: readonly Column<Change>[] = [
    { key: "act", title: TEXTS.act, value: (row) => named(KINDS, row.act), choose: true },
    { key: "usage", title: TEXTS.usage, value: (row) => named(USAGES, row.usage) },
    { key: "why", title: TEXTS.why, value: (row) => row.why },
    { key: "by", title: TEXTS.by, value: (row) => row.proposed_by },
    { key: "state", title: TEXTS.state, value: (row) => named(STATES, row.state), choose: true },
    { key: "done", title: TEXTS.done, value: (row) => (row.done ? t(TEXTS.yes) : "") },
    {
      key: "handle",
      title: TEXTS.handle,
      value: () => "",
      show: (row) =>
        row.state !== "open" ? null : (
          <span class="acts">
            {row.proposed_by !== who?.sub && (
              <button type="button" class="quiet" onClick={() => decide(row, true)}>
                {t(TEXTS.approve)}
              </button>
            )}
            <button type="button" class="quiet" onClick={() => decide(row, false)}>
              {t(TEXTS.reject)}
            </button>
          </span>
        ),
    },
  ];
  return (
    <>
      <h1>{t(TEXTS.title)}</h1>
      <p class="soft">{t(TEXTS.lead)}</p>
      <Fault fault={keys.fault ?? changes.fault} />
      <section class="card">
        <Table
          name="keys"
          caption={TEXTS.keys}
          rows={keys.data?.keys ?? []}
          columns={keyColumns}
          id={(row) => row.key}
          sort="usage"
          tools={
            <button type="button" class="quiet strong" id="rotate" onClick={rotate}>
              {t(TEXTS.rotate)}
            </button>
          }
        />
      </section>
      <section class="card">
        <h2>{t(TEXTS.changes)}</h2>
        <Table name="changes" caption={TEXTS.changes} rows={changes.data?.items ?? []} columns={changeColumns} id={(row) => row.proposal} />
      </section>
      {asked !== null && (
        <Ask
          title={asked.title}
          act={asked.title.split(":")[0] ?? asked.title}
          {...(asked.why ? { why: 4 } : {})}
          onClose={() => setAsked(null)}
          onDo={async (why) => {
            await post(asked.path, asked.why ? { ...asked.body, why } : asked.body);
            await Promise.all([keys.again(), changes.again()]);
          }}
        >
          <ul>
            <li>{asked.will}</li>
            {asked.path.includes("/changes/") ? null : <li>{t(TEXTS.second)}</li>}
          </ul>
        </Ask>
      )}
    </>
  );
}

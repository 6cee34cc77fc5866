/** What takes two officers: what waits, what it would do, and the second officer's word. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { areas } from "../shared/areas.ts";
import { useCell } from "../shared/cell.ts";
import { Fault } from "../shared/frame.tsx";
import { post } from "../shared/http.ts";
import { moment, t, type Text } from "../shared/lang.ts";
import { identity } from "../shared/session.ts";
import { Act, effectOf, type Proposal } from "./act.tsx";
import { Ask } from "./dialog.tsx";
import { all, useLoaded } from "./load.ts";
import { address, open } from "./route.ts";
import { type Column, Table } from "./table.tsx";
import { Trial } from "./trial.tsx";
import { KINDS, named, STATES } from "./values.ts";

const TEXTS = {
  title: ["双人复核", "Two officers"],
  lead: [
    "重大事项由一人提出，由同一机构的另一人批准后才会发生；逾期未批准的自动作废。",
    "What matters is proposed by one officer and happens when another of the same authority approves. What nobody approves in time comes to nothing.",
  ],
  list: ["事项", "Proposals"],
  kind: ["事项", "What"],
  why: ["理由", "Why"],
  by: ["提出人", "By"],
  at: ["提出时间", "Proposed"],
  ends: ["截止", "Until"],
  state: ["状态", "State"],
  open: ["查看", "Look"],
  own: ["这是您自己提出的：只能由另一人批准，您可以收回。", "You proposed this: another person approves it, you can take it back."],
  approve: ["批准", "Approve"],
  reject: ["否决", "Turn down"],
  back: ["收回", "Take back"],
  close: ["关闭", "Close"],
  effect: ["试算影响", "Try what it does"],
  approveQ: ["批准这件事项？", "Approve this?"],
  rejectQ: ["否决这件事项？", "Turn this down?"],
  now: ["批准后立即执行（或在其生效时间执行），您的名字与提出人的名字一同记入记录。", "It is done at once, or at its time; your name is put on record beside that of who proposed it."],
  never: ["不会执行；理由会给提出人看。", "It is not done; who proposed it reads why."],
  decided: ["{state}：{by}，{at}", "{state}: {by}, {at}"],
  reading: ["正在读取…", "Reading…"],
} satisfies Record<string, Text>;

const COLUMNS: readonly Column<Proposal>[] = [
  { key: "kind", title: TEXTS.kind, value: (row) => named(KINDS, row.kind), choose: true },
  { key: "why", title: TEXTS.why, value: (row) => row.why },
  { key: "state", title: TEXTS.state, value: (row) => named(STATES, row.state), choose: true },
  { key: "by", title: TEXTS.by, value: (row) => row.proposed_by, choose: true },
  { key: "at", title: TEXTS.at, value: (row) => row.proposed_at, time: true },
  { key: "ends", title: TEXTS.ends, value: (row) => row.ends_at, time: true },
  { key: "look", title: TEXTS.open, value: () => "", show: (row) => <a href={address("proposals", row.id)}>{t(TEXTS.open)}</a> },
];

export function Proposals(props: { argument: string }): JSX.Element {
  useCell(areas);
  const { data, fault, again } = useLoaded(() => all<Proposal>("/v1/proposals", "proposals"), [], 10_000);
  const chosen = data?.items.find((each) => each.id === props.argument);
  return (
    <>
      <h1>{t(TEXTS.title)}</h1>
      <p class="soft">{t(TEXTS.lead)}</p>
      <Fault fault={fault} />
      {chosen !== undefined && <One key={chosen.id} proposal={chosen} again={again} />}
      <section class="card">
        {data === null ? (
          <p role="status">{t(TEXTS.reading)}</p>
        ) : (
          <Table name="proposals" caption={TEXTS.list} rows={data.items} more={data.more} columns={COLUMNS} id={(row) => row.id} sort="at" down />
        )}
      </section>
    </>
  );
}

function One(props: { proposal: Proposal; again: () => Promise<void> }): JSX.Element {
  const { proposal } = props;
  const who = useCell(identity);
  const [asking, setAsking] = useState<"approval" | "rejection" | null>(null);
  const [tried, setTried] = useState(false);
  const own = proposal.proposed_by === who?.sub;
  const effect = effectOf(proposal);

  async function decide(why: string): Promise<void> {
    const body = asking === "rejection" ? { why } : why === "" ? {} : { note: why };
    await post(`/v1/proposals/${proposal.id}/${asking}`, body, `${asking}-${proposal.id}`);
    await props.again();
  }

  return (
    <section class="card" id="proposal" data-state={proposal.state} aria-label={named(KINDS, proposal.kind)}>
      <div class="head">
        <h2>{named(KINDS, proposal.kind)}</h2>
        <button type="button" class="quiet" onClick={() => open("proposals")}>
          {t(TEXTS.close)}
        </button>
      </div>
      <Act proposal={proposal} />
      <p>
        <b>{t(TEXTS.why)}</b> {proposal.why} <span class="soft">— {proposal.proposed_by}, {moment(proposal.proposed_at)}</span>
      </p>
      {proposal.state !== "open" && (
        <p class="soft">
          {t(TEXTS.decided, { state: named(STATES, proposal.state), by: proposal.decided_by ?? "–", at: proposal.decided_at ? moment(proposal.decided_at) : "–" })}{" "}
          {proposal.note}
        </p>
      )}
      {proposal.state === "open" && (
        <>
          {own && <p class="soft">{t(TEXTS.own)}</p>}
          <div class="row">
            {!own && (
              <button type="button" class="main" id="approve" onClick={() => setAsking("approval")}>
                {t(TEXTS.approve)}
              </button>
            )}
            <button type="button" class="second" id="reject" onClick={() => setAsking("rejection")}>
              {t(own ? TEXTS.back : TEXTS.reject)}
            </button>
            {effect !== null && (
              <button type="button" class="second" id="effect" onClick={() => setTried(true)}>
                {t(TEXTS.effect)}
              </button>
            )}
          </div>
        </>
      )}
      {tried && effect !== null && <Trial body={effect} />}
      {asking !== null && (
        <Ask
          title={t(asking === "approval" ? TEXTS.approveQ : TEXTS.rejectQ)}
          act={t(asking === "approval" ? TEXTS.approve : own ? TEXTS.back : TEXTS.reject)}
          {...(asking === "rejection" ? { why: 10 } : {})}
          onClose={() => setAsking(null)}
          onDo={decide}
        >
          {asking === "approval" && <Act proposal={proposal} />}
          <p>{t(asking === "approval" ? TEXTS.now : TEXTS.never)}</p>
        </Ask>
      )}
    </section>
  );
}

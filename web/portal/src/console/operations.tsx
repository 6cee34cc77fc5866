/** For operators: how far consumers are behind, and dead letters, handled once more or dropped. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Fault } from "../shared/frame.tsx";
import { get, post } from "../shared/http.ts";
import { t, type Text } from "../shared/lang.ts";
import { Ask } from "./dialog.tsx";
import { all, useLoaded } from "./load.ts";
import { type Column, Table } from "./table.tsx";
import { named } from "./values.ts";

const TEXTS = {
  title: ["运维", "Operations"],
  offsets: ["处理进度", "Where consumers stand"],
  consumer: ["消费者", "Consumer"],
  topic: ["主题", "Topic"],
  partition: ["分区", "Partition"],
  behind: ["落后", "Behind"],
  state: ["状态", "State"],
  letters: ["死信", "Dead letters"],
  reason: ["原因", "Reason"],
  detail: ["说明", "Detail"],
  type: ["类型", "Type"],
  service: ["服务", "Service"],
  written: ["时间", "Written"],
  replay: ["重新处理所选 {n} 封", "Handle {n} selected again"],
  drop: ["丢弃所选 {n} 封", "Drop {n} selected"],
  replayQ: ["重新处理 {n} 封死信？", "Handle {n} dead letters again?"],
  dropQ: ["丢弃 {n} 封死信？", "Drop {n} dead letters?"],
  replayWill: ["每封按现在的程序再处理一次：成功的生效，仍有错的成为新的死信。", "Each is handled once more by what runs now: what succeeds takes effect, what is still wrong comes back as a new letter."],
  dropWill: ["决定不再处理，记录保留，不能恢复。", "It is decided that nothing is done; the record stays, and it cannot be undone."],
  replayAct: ["重新处理", "Handle again"],
  dropAct: ["丢弃", "Drop"],
} satisfies Record<string, Text>;
const STATES: Readonly<Record<string, Text>> = {
  running: ["运行", "running"],
  limit: ["因错误过多停止", "stopped: too many faults"],
  "outside-log": ["位置不在日志内", "outside the log"],
  unreadable: ["无法读取", "unreadable"],
};

interface Offset {
  readonly service: string;
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly position: number | null;
  readonly end: number;
  readonly state: string;
}
interface Letter {
  readonly service: string;
  readonly id: string;
  readonly topic: string;
  readonly reason: string;
  readonly detail: string;
  readonly type: string | null;
  readonly written_at: string;
}

async function ofEach<T>(load: (service: string) => Promise<readonly T[]>): Promise<readonly (T & { service: string })[]> {
  const { services } = await get<{ services: readonly string[] }>("/v1/ops");
  const found = await Promise.all(services.map(async (service) => (await load(service)).map((each) => ({ ...each, service }))));
  return found.flat();
}

const OFFSETS: readonly Column<Offset>[] = [
  { key: "service", title: TEXTS.service, value: (row) => row.service, choose: true },
  { key: "consumer", title: TEXTS.consumer, value: (row) => row.consumer, choose: true },
  { key: "topic", title: TEXTS.topic, value: (row) => row.topic },
  { key: "partition", title: TEXTS.partition, value: (row) => row.partition, number: true },
  { key: "behind", title: TEXTS.behind, value: (row) => row.end - (row.position ?? 0), number: true },
  { key: "state", title: TEXTS.state, value: (row) => named(STATES, row.state), choose: true },
];
const LETTERS: readonly Column<Letter>[] = [
  { key: "service", title: TEXTS.service, value: (row) => row.service, choose: true },
  { key: "topic", title: TEXTS.topic, value: (row) => row.topic, choose: true },
  { key: "reason", title: TEXTS.reason, value: (row) => row.reason, choose: true },
  { key: "detail", title: TEXTS.detail, value: (row) => row.detail },
  { key: "type", title: TEXTS.type, value: (row) => row.type },
  { key: "written", title: TEXTS.written, value: (row) => row.written_at, time: true },
];

export function Operations(): JSX.Element {
  const offsets = useLoaded(() => ofEach(async (service) => (await get<{ offsets: readonly Offset[] }>(`/v1/ops/${service}/offsets`)).offsets), [], 10_000);
  const letters = useLoaded(() => ofEach(async (service) => (await all<Letter>(`/v1/ops/${service}/dead-letters`, "letters")).items), [], 30_000);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [act, setAct] = useState<"replay" | "drop" | null>(null);
  const chosen = (letters.data ?? []).filter((row) => marked.has(row.id));

  async function decide(reason: string): Promise<void> {
    for (const service of new Set(chosen.map((row) => row.service))) {
      const body = { letters: chosen.filter((row) => row.service === service).map((row) => row.id), reason };
      await post(`/v1/ops/${service}/dead-letters/${act}`, body, crypto.randomUUID());
    }
    setMarked(new Set());
    await letters.again();
  }

  return (
    <>
      <h1>{t(TEXTS.title)}</h1>
      <section class="card">
        <h2>{t(TEXTS.letters)}</h2>
        <Fault fault={letters.fault} />
        <Table
          name="letters"
          caption={TEXTS.letters}
          rows={letters.data ?? []}
          columns={LETTERS}
          id={(row) => row.id}
          sort="written"
          down
          marked={marked}
          onMark={setMarked}
          tools={
            <>
              <button type="button" class="quiet" id="replay" disabled={chosen.length === 0} onClick={() => setAct("replay")}>
                {t(TEXTS.replay, { n: chosen.length })}
              </button>
              <button type="button" class="quiet" disabled={chosen.length === 0} onClick={() => setAct("drop")}>
                {t(TEXTS.drop, { n: chosen.length })}
              </button>
            </>
          }
        />
      </section>
      <section class="card">
        <h2>{t(TEXTS.offsets)}</h2>
        <Fault fault={offsets.fault} />
        <Table name="offsets" caption={TEXTS.offsets} rows={offsets.data ?? []} columns={OFFSETS} id={(row) => `${row.consumer} ${row.topic} ${row.partition}`} sort="behind" down />
      </section>
      {act !== null && (
        <Ask
          title={t(act === "replay" ? TEXTS.replayQ : TEXTS.dropQ, { n: chosen.length })}
          act={t(act === "replay" ? TEXTS.replayAct : TEXTS.dropAct)}
          why={5}
          onClose={() => setAct(null)}
          onDo={decide}
        >
          <p>{t(act === "replay" ? TEXTS.replayWill : TEXTS.dropWill)}</p>
        </Ask>
      )}
    </>
  );
}

/** A change is tried before it is made: who would go from which color to which, by which rule, and where. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { areaName } from "../shared/areas.ts";
import { Fault } from "../shared/frame.tsx";
import { get, post } from "../shared/http.ts";
import { moment, t, type Text } from "../shared/lang.ts";
import { type Column, Table } from "./table.tsx";
import { colorWord } from "./values.ts";

const TEXTS = {
  running: ["正在试算：{n} / 约 {all} 人…", "Trying: {n} of about {all} people…"],
  stop: ["停止", "Stop"],
  ended: ["试算未完成（{state}）{why}", "The trial did not end ({state}) {why}"],
  changed: ["{n} 人会变色（共看 {all} 人，按 {at} 计）", "{n} people would change color (of {all}, judged as of {at})"],
  none: ["没有人会变色（共看 {all} 人，按 {at} 计）", "Nobody would change color (of {all}, judged as of {at})"],
  moved: ["试算期间风险区或政策有变，请重新试算。", "Areas or policies changed meanwhile: try again."],
  matrix: ["从（行）到（列）", "From (rows) to (columns)"],
  before: ["原", "From"],
  after: ["新", "To"],
  people: ["人数", "People"],
  wasBy: ["现由规则", "By rule now"],
  by: ["将由规则", "By rule then"],
  area: ["居住地", "District"],
  unknown: ["未知", "unknown"],
  rules: ["按规则", "By rule"],
  areas: ["按居住地", "By district"],
} satisfies Record<string, Text>;

interface Cell {
  readonly before: string;
  readonly after: string;
  readonly people: number;
}
interface ByRule extends Cell {
  readonly rule_before: string;
  readonly rule_after: string;
}
interface ByArea extends Cell {
  readonly area: string | null;
}
export interface Simulation {
  readonly id: string;
  readonly state: string;
  readonly at: string;
  readonly what: string;
  readonly passed: number;
  readonly estimate: number;
  readonly moved: boolean;
  readonly failure: string | null;
  readonly started_at: string;
  readonly result: {
    readonly changed: number;
    readonly colors: readonly Cell[];
    readonly rules: readonly ByRule[];
    readonly areas: readonly ByArea[];
  };
}

const PATH = "/v1/simulations";
const PAUSE_MS = 400;
const COLORS = ["pending", "green", "yellow", "red"];
const cells: readonly Column<Cell>[] = [
  { key: "before", title: TEXTS.before, value: (row) => colorWord(row.before), choose: true },
  { key: "after", title: TEXTS.after, value: (row) => colorWord(row.after), choose: true },
  { key: "people", title: TEXTS.people, value: (row) => row.people, number: true },
];
const RULES: readonly Column<ByRule>[] = [
  ...cells,
  { key: "was", title: TEXTS.wasBy, value: (row) => row.rule_before || "–" },
  { key: "by", title: TEXTS.by, value: (row) => row.rule_after || "–" },
];
const AREAS: readonly Column<ByArea>[] = [
  { key: "area", title: TEXTS.area, value: (row) => (row.area === null ? t(TEXTS.unknown) : areaName(row.area)) },
  ...cells,
];

/** Follows what is tried; `body` is asked anew when it is another one. */
export function Trial(props: { body: object; onDone?: (simulation: Simulation) => void }): JSX.Element {
  const [found, setFound] = useState<Simulation | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const alive = useRef(true);
  const asked = JSON.stringify(props.body);

  useEffect(() => {
    alive.current = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const take = (next: Simulation): void => {
      if (!alive.current) return;
      setFound(next);
      if (next.state === "running") timer = setTimeout(() => void look(next.id), PAUSE_MS);
      else props.onDone?.(next);
    };
    const failed = (problem: unknown): void => {
      if (alive.current) setFault(problem);
    };
    const look = (id: string): Promise<void> => get<Simulation>(`${PATH}/${id}`).then(take, failed);
    setFault(null);
    setFound(null);
    void post<Simulation>(PATH, JSON.parse(asked), crypto.randomUUID()).then(take, failed);
    return () => {
      alive.current = false;
      clearTimeout(timer);
    };
  }, [asked]);

  return (
    <div class="trial" role="status">
      <Fault fault={fault} />
      {found?.state === "running" && (
        <p>
          {t(TEXTS.running, { n: found.passed, all: found.estimate })}{" "}
          <button type="button" class="quiet" onClick={() => void post(`${PATH}/${found.id}/cancellation`, {}).catch(setFault)}>
            {t(TEXTS.stop)}
          </button>
        </p>
      )}
      {found !== null && found.state !== "running" && <Result found={found} />}
    </div>
  );
}

export function Result(props: { found: Simulation }): JSX.Element {
  const { result, state, failure, passed, at, moved } = props.found;
  const text = result.changed === 0 ? TEXTS.none : TEXTS.changed;
  return (
    <>
      {state !== "done" && <p class="fault">{t(TEXTS.ended, { state, why: failure ?? "" })}</p>}
      {moved && <p class="fault">{t(TEXTS.moved)}</p>}
      <p class="lead" data-changed={result.changed}>
        {t(text, { n: result.changed, all: passed, at: moment(at) })}
      </p>
      {result.changed > 0 && (
        <>
          <Matrix colors={result.colors} />
          <h3>{t(TEXTS.rules)}</h3>
          <Table name="trial-rules" caption={TEXTS.rules} rows={result.rules} columns={RULES} id={(row) => Object.values(row).join()} sort="people" down />
          <h3>{t(TEXTS.areas)}</h3>
          <Table name="trial-areas" caption={TEXTS.areas} rows={result.areas} columns={AREAS} id={(row) => Object.values(row).join()} sort="people" down />
        </>
      )}
    </>
  );
}

function Matrix(props: { colors: readonly Cell[] }): JSX.Element {
  const people = new Map(props.colors.map((cell) => [`${cell.before} ${cell.after}`, cell.people]));
  const seen = COLORS.filter((color) => props.colors.some((cell) => cell.before === color || cell.after === color));
  return (
    <table class="matrix">
      <caption>{t(TEXTS.matrix)}</caption>
      <thead>
        <tr>
          <td />
          {seen.map((color) => (
            <th key={color} scope="col" class={`tone-${color}`}>
              {colorWord(color)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {seen.map((before) => (
          <tr key={before}>
            <th scope="row" class={`tone-${before}`}>
              {colorWord(before)}
            </th>
            {seen.map((after) => {
              const n = people.get(`${before} ${after}`) ?? 0;
              return (
                <td key={after} class={before === after ? "same" : n === 0 ? "" : COLORS.indexOf(after) > COLORS.indexOf(before) ? "stricter" : "laxer"}>
                  {n === 0 ? "·" : n.toLocaleString()}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

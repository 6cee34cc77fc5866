/** A table that searches, filters, sorts, turns pages and exports: every table of the console is this one. */

import type { ComponentChildren, JSX } from "preact";
import { useId, useMemo, useState } from "preact/hooks";

import { lang, moment, t, type Text } from "../shared/lang.ts";
import { download, written } from "./csv.ts";

export interface Column<T> {
  readonly key: string;
  readonly title: Text;
  /** What is sorted, searched and exported. */
  readonly value: (row: T) => string | number | null;
  /** What is shown; the value without. */
  readonly show?: (row: T) => ComponentChildren;
  /** To be filtered by one of its values. */
  readonly choose?: boolean;
  readonly number?: boolean;
  /** The value is a time: shown by the region's clock. */
  readonly time?: boolean;
}

const TEXTS = {
  search: ["查找", "Search"],
  all: ["{what}：全部", "{what}: all"],
  sort: ["排序", "Sort by"],
  export: ["导出 CSV", "Export CSV"],
  none: ["没有内容。", "Nothing here."],
  noneFound: ["没有符合条件的内容。", "Nothing matches."],
  range: ["第 {from}–{to} 条，共 {n} 条", "{from}–{to} of {n}"],
  more: ["只载入了前 {n} 条。", "Only the first {n} are loaded."],
  back: ["上一页", "Previous"],
  on: ["下一页", "Next"],
  mark: ["选择", "Select"],
  down: ["（降序）", " (descending)"],
} satisfies Record<string, Text>;
const PAGE = 20;

export function Table<T>(props: {
  name: string;
  caption: Text;
  rows: readonly T[];
  columns: readonly Column<T>[];
  id: (row: T) => string;
  sort?: string;
  down?: boolean;
  more?: boolean;
  marked?: ReadonlySet<string>;
  onMark?: (marked: ReadonlySet<string>) => void;
  canMark?: (row: T) => boolean;
  tools?: ComponentChildren;
}): JSX.Element {
  const [text, setText] = useState("");
  const [picked, setPicked] = useState<Readonly<Record<string, string>>>({});
  const [order, setOrder] = useState({ key: props.sort ?? "", down: props.down ?? false });
  const [page, setPage] = useState(0);
  const name = useId();
  const found = useMemo(
    () => arranged(props.rows, props.columns, text, picked, order),
    [props.rows, props.columns, text, picked, order, lang.value],
  );
  const last = Math.max(0, Math.ceil(found.length / PAGE) - 1);
  const at = Math.min(page, last);
  const shown = found.slice(at * PAGE, at * PAGE + PAGE);
  const chosen = props.columns.filter((column) => column.choose === true);

  function sortBy(key: string): void {
    setOrder({ key, down: order.key === key && !order.down });
    setPage(0);
  }
  function save(): void {
    const rows = found.map((row) => props.columns.map((column) => column.value(row)));
    download(`${props.name}.csv`, written(props.columns.map((column) => t(column.title)), rows));
  }

  return (
    <section class="table" id={`table-${props.name}`}>
      <div class="tools">
        <input
          type="search"
          aria-label={`${t(TEXTS.search)}：${t(props.caption)}`}
          placeholder={t(TEXTS.search)}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setPage(0);
          }}
        />
        {chosen.map((column) => (
          <select
            key={column.key}
            aria-label={t(column.title)}
            value={picked[column.key] ?? ""}
            onChange={(event) => {
              setPicked({ ...picked, [column.key]: event.currentTarget.value });
              setPage(0);
            }}
          >
            <option value="">{t(TEXTS.all, { what: t(column.title) })}</option>
            {values(props.rows, column).map((value) => (
              <option key={value} value={value}>
                {value}
              </option>
            ))}
          </select>
        ))}
        <select
          class="narrow"
          aria-label={t(TEXTS.sort)}
          value={`${order.key}${order.down ? "-" : ""}`}
          onChange={(event) => {
            const value = event.currentTarget.value;
            setOrder({ key: value.replace(/-$/, ""), down: value.endsWith("-") });
          }}
        >
          {!props.columns.some((column) => column.key === order.key) && <option value="">{t(TEXTS.sort)}</option>}
          {props.columns.flatMap((column) =>
            ["", "-"].map((way) => (
              <option key={column.key + way} value={column.key + way}>
                {t(column.title) + (way && t(TEXTS.down))}
              </option>
            )),
          )}
        </select>
        {props.tools}
        <button type="button" class="quiet" disabled={found.length === 0} onClick={save}>
          {t(TEXTS.export)}
        </button>
      </div>
      {found.length === 0 ? (
        <p class="none">{t(props.rows.length === 0 ? TEXTS.none : TEXTS.noneFound)}</p>
      ) : (
        <table aria-labelledby={name}>
          <caption id={name}>{t(props.caption)}</caption>
          <thead>
            <tr>
              {props.onMark && <th scope="col">{t(TEXTS.mark)}</th>}
              {props.columns.map((column) => (
                <th
                  key={column.key}
                  scope="col"
                  class={kind(column)}
                  aria-sort={order.key !== column.key ? "none" : order.down ? "descending" : "ascending"}
                >
                  <button type="button" onClick={() => sortBy(column.key)}>
                    {t(column.title)}
                    <span aria-hidden="true">{order.key !== column.key ? "" : order.down ? " ▼" : " ▲"}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={props.id(row)} data-id={props.id(row)}>
                {props.onMark && <td class="mark">{mark(props, row)}</td>}
                {props.columns.map((column) => (
                  <td key={column.key} data-label={t(column.title)} class={kind(column)}>
                    <div>{column.show?.(row) ?? plain(column, row)}</div>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div class="pages">
        <span role="status">
          {found.length > 0 && t(TEXTS.range, { from: at * PAGE + 1, to: at * PAGE + shown.length, n: found.length })}
          {props.more === true && ` ${t(TEXTS.more, { n: props.rows.length })}`}
        </span>
        {last > 0 && (
          <>
            <button type="button" class="quiet" disabled={at === 0} onClick={() => setPage(at - 1)}>
              {t(TEXTS.back)}
            </button>
            <button type="button" class="quiet" disabled={at === last} onClick={() => setPage(at + 1)}>
              {t(TEXTS.on)}
            </button>
          </>
        )}
      </div>
    </section>
  );
}

const kind = <T,>(column: Column<T>): string => (column.number === true ? "number" : column.time === true ? "time" : "");

function plain<T>(column: Column<T>, row: T): ComponentChildren {
  const value = column.value(row);
  if (column.time !== true) return value;
  return value === null ? "–" : moment(value);
}

interface Marking<T> {
  readonly id: (row: T) => string;
  readonly columns: readonly Column<T>[];
  readonly marked?: ReadonlySet<string>;
  readonly onMark?: (marked: ReadonlySet<string>) => void;
  readonly canMark?: (row: T) => boolean;
}

function mark<T>(props: Marking<T>, row: T): ComponentChildren {
  if (props.canMark?.(row) === false) return null;
  const id = props.id(row);
  const marked = new Set(props.marked);
  return (
    <input
      type="checkbox"
      aria-label={`${t(TEXTS.mark)} ${props.columns.slice(0, 2).map((column) => column.value(row)).join(" ")}`}
      checked={marked.has(id)}
      onChange={() => {
        if (!marked.delete(id)) marked.add(id);
        props.onMark?.(marked);
      }}
    />
  );
}

function values<T>(rows: readonly T[], column: Column<T>): string[] {
  return [...new Set(rows.map((row) => String(column.value(row) ?? "")))].filter((value) => value !== "").sort();
}

function arranged<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  text: string,
  picked: Readonly<Record<string, string>>,
  order: { readonly key: string; readonly down: boolean },
): readonly T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = rows.filter((row) => {
    const all = columns.map((column) => String(column.value(row) ?? "")).join("\u0000").toLowerCase();
    return (
      words.every((word) => all.includes(word)) &&
      columns.every((column) => !picked[column.key] || String(column.value(row) ?? "") === picked[column.key])
    );
  });
  const by = columns.find((column) => column.key === order.key);
  if (by === undefined) return found;
  const way = order.down ? -1 : 1;
  return found.sort((one, other) => way * compared(by.value(one), by.value(other)));
}

function compared(one: string | number | null, other: string | number | null): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one ?? "").localeCompare(String(other ?? ""), lang.value);
}

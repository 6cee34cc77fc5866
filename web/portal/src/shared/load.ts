/** What a view shows, fetched when it opens, again when told, and page by page. */

import { useEffect, useState } from "preact/hooks";

import { useCell } from "./cell.ts";
import { get } from "./http.ts";
import { lang } from "./lang.ts";

export interface Loaded<T> {
  readonly data: T | null;
  readonly fault: unknown;
  readonly again: () => void;
}

export function useLoaded<T>(path: string): Loaded<T> {
  const chosen = useCell(lang);
  const [data, setData] = useState<T | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let wanted = true;
    get<T>(path).then(
      (found) => {
        if (!wanted) return;
        setData(found);
        setFault(null);
      },
      (failed: unknown) => wanted && setFault(failed),
    );
    return () => {
      wanted = false;
    };
  }, [path, turn, chosen]);
  return { data, fault, again: () => setTurn((n) => n + 1) };
}

export interface Paged<R> {
  readonly rows: readonly R[];
  readonly fault: unknown;
  readonly again: () => void;
  /** Null on the last page. */
  readonly more: (() => void) | null;
}

/** A list by its cursor; `key` names it in the answer. */
export function usePaged<R>(path: string, key: string, size = 50): Paged<R> {
  const chosen = useCell(lang);
  const [rows, setRows] = useState<readonly R[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);

  async function page(at: string | null, before: readonly R[], wanted: () => boolean): Promise<void> {
    const sign = path.includes("?") ? "&" : "?";
    try {
      const from = at === null ? "" : `&cursor=${encodeURIComponent(at)}`;
      const found = await get<Record<string, unknown>>(`${path}${sign}limit=${size}${from}`);
      if (!wanted()) return;
      setRows([...before, ...(found[key] as readonly R[])]);
      setCursor(found["next"] === null || found["next"] === undefined ? null : String(found["next"]));
      setFault(null);
    } catch (failed) {
      if (wanted()) setFault(failed);
    }
  }

  useEffect(() => {
    let wanted = true;
    void page(null, [], () => wanted);
    return () => {
      wanted = false;
    };
  }, [path, turn, chosen]);
  return {
    rows,
    fault,
    again: () => setTurn((n) => n + 1),
    more: cursor === null ? null : () => void page(cursor, rows, () => true),
  };
}

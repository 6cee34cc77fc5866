/** Answers of the region as views follow them: fetched, fetched again, and all pages of a list. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { useCell } from "../shared/cell.ts";
import { get } from "../shared/http.ts";
import { lang } from "../shared/lang.ts";
import { token } from "../shared/session.ts";

export interface Loaded<T> {
  readonly data: T | null;
  readonly fault: unknown;
  /** Ask once more. */
  again(): Promise<void>;
}

/** What `load` gives, asked again when `inputs` or the language change, and every so many milliseconds. */
export function useLoaded<T>(load: () => Promise<T>, inputs: readonly unknown[], every = 0): Loaded<T> {
  const chosen = useCell(lang);
  const [data, setData] = useState<T | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const turn = useRef(0);
  const again = useCallback(async () => {
    const mine = ++turn.current;
    try {
      const found = await load();
      if (mine !== turn.current) return; // a later question has been asked
      setData(found);
      setFault(null);
    } catch (failed) {
      if (mine === turn.current) setFault(failed);
    }
  }, [chosen, ...inputs]);
  useEffect(() => {
    void again();
    const timer = every > 0 ? setInterval(() => !document.hidden && void again(), every) : undefined;
    return () => clearInterval(timer);
  }, [again]);
  return { data, fault, again };
}

/** As many as a view holds; who wants more exports the list. */
export const MOST = 5000;

export interface All<T> {
  readonly items: readonly T[];
  /** There are more than were fetched. */
  readonly more: boolean;
}

/** All pages of a list; `name` is what its items are called in the answer. */
export async function all<T>(path: string, name: string): Promise<All<T>> {
  const items: T[] = [];
  let cursor: string | number | null = null;
  do {
    const joint = path.includes("?") ? "&" : "?";
    const page: Record<string, unknown> = await get(
      cursor === null ? path : `${path}${joint}cursor=${encodeURIComponent(String(cursor))}`,
    );
    items.push(...(page[name] as T[]));
    cursor = (page["next"] as string | number | null | undefined) ?? null;
  } while (cursor !== null && items.length < MOST);
  return { items, more: cursor !== null };
}

/** The first lines of an export, each an object; the rest is not read. Raises what `get` does. */
export async function lines<T>(path: string): Promise<All<T>> {
  const stop = new AbortController();
  const headers = { authorization: `Bearer ${token() ?? ""}`, "accept-language": lang.value };
  const answer = await fetch(path, { headers, cache: "no-store", signal: stop.signal });
  if (!answer.ok || answer.body === null) {
    await answer.body?.cancel();
    return { items: [await get<T>(path)], more: false }; // which says why
  }
  const items: T[] = [];
  let rest = "";
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    const found = (rest + (value ?? "")).split("\n");
    rest = found.pop() ?? "";
    for (const line of found) if (line !== "") items.push(JSON.parse(line) as T);
    if (items.length >= MOST) {
      stop.abort();
      return { items: items.slice(0, MOST), more: true };
    }
    if (done) return { items, more: false };
  }
}

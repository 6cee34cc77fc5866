/**
 * What a checkpoint carries: the nation's trust list and the region's status lists, each believed by its signature. They
 * are kept on the device, so that it checks without network from the second visit on, and says how old they are.
 */

import { anchorOf, Checker, Gap, readDelta, readList, readTrust, type StatusList, TrustList, trustEntry } from "./verifier.ts";
import { cell } from "../shared/cell.ts";
import { keep, load } from "../shared/kept.ts";
import { now, region } from "../shared/region.ts";

const ROOM = "checkpoint-lists";
const DAY_S = 86_400;
/** Credentials live a day, paper a week or so: lists of so many days are carried. */
const DAYS = 9;
const MOST_A_DAY = 20;
const LIST_TYPE = "application/statuslist+cwt";

interface Kept {
  readonly trust: Uint8Array<ArrayBuffer>;
  readonly lists: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

export interface Carried {
  readonly checker: Checker;
  /** The older of both, in seconds since 1970. */
  readonly asOf: number;
  readonly lists: number;
}

export const carried = cell<Carried | null>(null);
export const listFault = cell<unknown>(null);

const lists = new Map<string, StatusList>();
let trust: TrustList | null = null;
let raw: Kept = { trust: new Uint8Array(), lists: new Map() };

async function anchors(): Promise<TrustList> {
  const anchor = region.value?.anchor;
  if (!anchor) throw new Error("no anchor");
  const scope = { region: "100000", notBefore: 0, notAfter: 2 ** 40, usages: new Set(["trust_list"] as const) };
  return new TrustList([await trustEntry(await anchorOf(anchor), scope)]);
}

/** What the device kept. Raises nothing: what cannot be read is fetched again. */
export async function recall(): Promise<void> {
  try {
    const kept = await load<Kept>(ROOM);
    if (kept === undefined) return;
    trust = await readTrust(kept.trust, await anchors());
    for (const data of kept.lists.values()) take(await readList(data, trust));
    raw = kept;
    tell();
  } catch (fault) {
    listFault.set(fault);
  }
}

/** Fetch what is newer. Raises nothing; without network what is carried stays. */
export async function update(): Promise<void> {
  try {
    const data = await fetched("/v1/portal/trust-list", "*/*");
    if (data === null) return;
    trust = await readTrust(data, await anchors(), trust?.sequence ?? 0);
    const whole = new Map(raw.lists);
    for (const id of wanted()) await bring(id, whole);
    raw = { trust: data, lists: whole };
    await keep(ROOM, raw);
    listFault.set(null);
    tell();
  } catch (fault) {
    if (navigator.onLine) listFault.set(fault);
  }
}

/** The days whose credentials may be shown, the latest first. */
function wanted(): readonly string[] {
  const days = Array.from({ length: DAYS }, (_, back) => new Date(now() - back * DAY_S * 1000));
  return days.map((day) => day.toISOString().slice(0, 10).replaceAll("-", ""));
}

/** All lists of a day; of one that is known what is new is enough. */
async function bring(day: string, whole: Map<string, Uint8Array<ArrayBuffer>>): Promise<void> {
  for (let number = 0; number < MOST_A_DAY; number += 1) {
    const id = `${day}-${number}`;
    const path = `/v1/status-lists/${id}`;
    const known = [...lists.values()].find((list) => list.listId === id);
    if (known !== undefined && trust !== null) {
      const data = await fetched(`${path}?since=${known.version}`, "*/*");
      if (data === null) return;
      try {
        take(known.after(await readDelta(data, trust)));
        continue;
      } catch (fault) {
        if (!(fault instanceof Gap)) throw fault;
      }
    }
    const data = await fetched(path, LIST_TYPE);
    if (data === null || trust === null) return;
    take(await readList(data, trust));
    whole.set(id, data);
  }
}

async function fetched(path: string, accept: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const answer = await fetch(path, { headers: { accept } });
  return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
}

function take(list: StatusList): void {
  lists.set(`${list.issuer} ${list.listId}`, list);
}

function tell(): void {
  if (trust === null) return;
  const before = carried.value?.checker;
  const checker = before ?? new Checker(trust, lists.values());
  before?.update({ trust, lists: lists.values() });
  const ages = [...lists.values()].map((list) => list.asOf);
  carried.set({ checker, asOf: Math.min(trust.asOf ?? 0, ...ages), lists: lists.size });
}

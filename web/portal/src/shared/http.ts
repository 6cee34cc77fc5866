/** Asking the region: JSON, the caller's token, the chosen language, and problems that say what to do. */

import { lang, t, type Text } from "./lang.ts";
import { signedOut, token } from "./session.ts";

export interface FieldFault {
  readonly code: string;
  readonly detail: string;
  readonly pointer?: string | null;
}

/** What the region refused, in words for people. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly errors: readonly FieldFault[];

  constructor(status: number, document: Record<string, unknown>) {
    super(String(document["detail"] ?? document["title"] ?? status));
    this.status = status;
    this.code = String(document["code"] ?? "");
    this.title = String(document["title"] ?? status);
    this.errors = Array.isArray(document["errors"]) ? (document["errors"] as FieldFault[]) : [];
  }
}

/** Nobody answered. */
export class Away extends Error {}

export interface Answer<T> {
  readonly status: number;
  readonly data: T;
  readonly etag: string | null;
}

export interface Asked {
  readonly body?: unknown;
  readonly etag?: string | null;
  /** Of a write: sending it again does no harm. */
  readonly key?: string;
  readonly text?: boolean;
  /** Instead of `body`: lines of CSV, as they are. */
  readonly csv?: string;
}

const SECONDS = 20;

/** Raises Refused or Away. 304 comes back as a status without data. */
export async function ask<T>(method: string, path: string, asked: Asked = {}): Promise<Answer<T>> {
  const headers: Record<string, string> = { "accept-language": lang.value };
  const bearer = token();
  if (bearer !== null) headers["authorization"] = `Bearer ${bearer}`;
  if (asked.body !== undefined) headers["content-type"] = "application/json";
  if (asked.csv !== undefined) headers["content-type"] = "text/csv";
  if (asked.etag) headers["if-none-match"] = asked.etag;
  if (asked.key !== undefined) headers["idempotency-key"] = asked.key;
  const init: RequestInit = { method, headers, cache: "no-store", signal: AbortSignal.timeout(SECONDS * 1000) };
  if (asked.body !== undefined) init.body = JSON.stringify(asked.body);
  if (asked.csv !== undefined) init.body = asked.csv;
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch {
    throw new Away(path);
  }
  if (answer.status === 401) signedOut();
  if (!answer.ok && answer.status !== 304) throw new Refused(answer.status, await problem(answer));
  const has = answer.status !== 204 && answer.status !== 304;
  const data = (has ? await (asked.text === true ? answer.text() : answer.json()) : null) as T;
  return { status: answer.status, data, etag: answer.headers.get("etag") };
}

export const get = async <T>(path: string): Promise<T> => (await ask<T>("GET", path)).data;
export const post = async <T>(path: string, body: unknown, key?: string): Promise<T> =>
  (await ask<T>("POST", path, key === undefined ? { body } : { body, key })).data;
export const put = async <T>(path: string, body: unknown, key: string): Promise<T> =>
  (await ask<T>("PUT", path, { body, key })).data;

async function problem(answer: Response): Promise<Record<string, unknown>> {
  try {
    return (await answer.json()) as Record<string, unknown>;
  } catch {
    return { title: String(answer.status) };
  }
}

const NO_NETWORK: Text = ["没有网络：连上网络后再试。", "No network: try again once there is one."];
const UNKNOWN: Text = ["出错了：{what}", "Something went wrong: {what}"];

/** What went wrong, for people. */
export function told(fault: unknown): string {
  if (fault instanceof Away) return t(NO_NETWORK);
  if (fault instanceof Refused) {
    const fields = fault.errors.map((error) => error.detail).join(" ");
    return [fault.title, fields || (fault.message === fault.title ? "" : fault.message)].filter(Boolean).join("：");
  }
  return t(UNKNOWN, { what: fault instanceof Error ? fault.message : String(fault) });
}

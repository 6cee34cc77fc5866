/** Comma-separated values (RFC 4180): written for spreadsheets, and cut into parts that the region takes. */

export interface Part {
  /** With the header. */
  readonly content: string;
  /** The line of the file by the line of the part; lines count from 1. */
  readonly lines: ReadonlyMap<number, number>;
}

// What a spreadsheet would take for a formula is kept from being one.
const FORMULA = /^[=+\-@\t\r]/;

function quoted(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows below a header; with the mark by which spreadsheets know UTF-8. */
export function written(header: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  return "\ufeff" + [header, ...rows].map((row) => row.map(quoted).join(",")).join("\r\n") + "\r\n";
}

/** A file of lines in parts of so many records; a record may hold line ends between quotes. */
export function parts(text: string, size: number): Part[] {
  const [header, ...records] = cut(text.replace(/^\ufeff/, ""));
  if (header === undefined) return [];
  const found: Part[] = [];
  for (let start = 0; start < records.length; start += size) found.push(part(header.text, records.slice(start, start + size)));
  return found;
}

interface Cut {
  readonly text: string;
  /** The line that it ends on. */
  readonly last: number;
}

function part(header: string, records: readonly Cut[]): Part {
  const lines = new Map<number, number>();
  let at = count(header);
  for (const record of records) {
    at += count(record.text);
    lines.set(at, record.last);
  }
  return { content: [header, ...records.map((record) => record.text)].join("\n") + "\n", lines };
}

const count = (text: string): number => text.split("\n").length;

function cut(text: string): Cut[] {
  const found: Cut[] = [];
  let held: string[] = [];
  text.split(/\r\n|\n|\r/).forEach((line, index) => {
    held.push(line);
    const open = held.join("").split('"').length % 2 === 0;
    if (open) return;
    if (held.length > 1 || line.trim() !== "") found.push({ text: held.join("\n"), last: index + 1 });
    held = [];
  });
  if (held.length > 0) found.push({ text: held.join("\n"), last: text.split("\n").length }); // never closed: told by the region
  return found;
}

/** Hand the reader a file. */
export function download(name: string, content: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

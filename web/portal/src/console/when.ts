/** Times as a field of a form has them, which knows no zone: they are the region's. */

import { region } from "../shared/region.ts";

const zone = (): string => region.value?.timezone ?? "Asia/Shanghai";

/** A time as the field shows it. */
export function toLocal(at: number): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone(), dateStyle: "short", timeStyle: "short" }).format(at).replace(" ", "T");
}

/** What the field shows, as the interfaces take it. */
export function fromLocal(shown: string): string {
  const name = new Intl.DateTimeFormat("en", { timeZone: zone(), timeZoneName: "longOffset" })
    .formatToParts(Date.parse(`${shown}Z`))
    .find((part) => part.type === "timeZoneName")?.value;
  return `${shown}:00${name?.replace("GMT", "") || "+00:00"}`;
}

/** A color is never the only signal: each has a word, and a shape of its own. */

import type { JSX } from "preact";

import type { Text } from "./lang.ts";

export type Color = "green" | "yellow" | "red" | "pending" | "grey" | "cancelled";

export const COLORS: readonly Color[] = ["green", "yellow", "red", "pending", "grey", "cancelled"];

export const WORDS: Readonly<Record<Color, Text>> = {
  green: ["绿码", "Green"],
  yellow: ["黄码", "Yellow"],
  red: ["红码", "Red"],
  pending: ["待确认", "Pending"],
  grey: ["灰码", "Grey"],
  cancelled: ["已注销", "Cancelled"],
};

/** A disc with a tick, a triangle, an octagon with a bar, and a clock: to be told apart without color. */
export function Shape(props: { color: Color; size?: number }): JSX.Element {
  return (
    <svg class="shape" viewBox="0 0 100 100" width={props.size ?? 64} height={props.size ?? 64} aria-hidden="true">
      {shape(props.color)}
    </svg>
  );
}

function shape(color: Color): JSX.Element {
  switch (color) {
    case "green":
      return (
        <>
          <circle cx="50" cy="50" r="46" fill="currentColor" />
          <path d="M27 52l16 17 31-36" fill="none" stroke="var(--tone)" stroke-width="11" />
        </>
      );
    case "yellow":
      return (
        <>
          <path d="M50 5l46 86H4z" fill="currentColor" />
          <path d="M50 34v30M50 72v10" fill="none" stroke="var(--tone)" stroke-width="10" />
        </>
      );
    case "red":
      return (
        <>
          <path d="M31 4h38l27 27v38L69 96H31L4 69V31z" fill="currentColor" />
          <path d="M24 50h52" fill="none" stroke="var(--tone)" stroke-width="13" />
        </>
      );
    case "grey":
    case "cancelled":
      return (
        <>
          <rect x="6" y="6" width="88" height="88" rx="10" fill="currentColor" />
          <path d="M34 38a16 16 0 1 1 24 14c-6 3-8 6-8 12M50 73v10" fill="none" stroke="var(--tone)" stroke-width="9" />
        </>
      );
    default:
      return (
        <>
          <rect x="6" y="6" width="88" height="88" rx="10" fill="currentColor" />
          <path d="M50 26v26l18 12" fill="none" stroke="var(--tone)" stroke-width="9" />
        </>
      );
  }
}

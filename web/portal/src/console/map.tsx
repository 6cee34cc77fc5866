/** Areas by level, as a grid of tiles: the country's provinces, and the divisions of one of them. */

import type { JSX } from "preact";

import { areaName, within } from "../shared/areas.ts";
import { lang, t, type Text } from "../shared/lang.ts";
import { country, inOrder, type Tile } from "./tiles.ts";
import { LEVELS, named } from "./values.ts";

const TEXTS = {
  how: [
    "示意图：每格一个省级行政区，位置为大致方位，不表示疆界。",
    "A schema: a tile for each province, about where it lies; it says nothing of borders.",
  ],
  inside: ["{name}：按国标代码排列，不表示位置。", "{name}: in the order of the codes, not by place."],
} satisfies Record<string, Text>;

const SIZE = 72;
const GAP = 5;
const ORDER = ["low", "medium", "high"];

/** The level of an area now. */
export interface Levelled {
  readonly area: string;
  readonly level: string;
}

interface Sum {
  readonly level: string;
  readonly n: number;
}

function strictest(levels: readonly Levelled[], under: string): Sum {
  const found = levels.filter((each) => each.area.startsWith(under));
  const level = [...ORDER].reverse().find((one) => found.some((each) => each.level === one)) ?? "";
  return { level, n: found.length };
}

export function AreaMap(props: { levels: readonly Levelled[]; province: string; onProvince: (code: string) => void }): JSX.Element {
  const inside = inOrder(within(props.province).map((area) => area.code));
  return (
    <div class="map">
      <figure>
        <Tiles
          tiles={country}
          chosen={props.province}
          sum={(code) => strictest(props.levels, code.slice(0, 2))}
          onPick={props.onProvince}
        />
        <figcaption class="soft">{t(TEXTS.how)}</figcaption>
      </figure>
      <figure>
        <Tiles tiles={inside} chosen="" sum={(code) => strictest(props.levels, code.endsWith("00") ? code.slice(0, 4) : code)} />
        <figcaption class="soft">{t(TEXTS.inside, { name: areaName(props.province) })}</figcaption>
      </figure>
    </div>
  );
}

function Tiles(props: {
  tiles: readonly Tile[];
  chosen: string;
  sum: (code: string) => Sum;
  onPick?: (code: string) => void;
}): JSX.Element {
  const wide = Math.max(...props.tiles.map((tile) => tile.column), 0) + 1;
  const high = Math.max(...props.tiles.map((tile) => tile.row), 0) + 1;
  return (
    <svg class="tiles" viewBox={`0 0 ${wide * SIZE} ${high * SIZE}`} role="group">
      {props.tiles.map((tile) => (
        <One key={tile.code} tile={tile} sum={props.sum(tile.code)} chosen={tile.code === props.chosen} onPick={props.onPick} />
      ))}
    </svg>
  );
}

function One(props: { tile: Tile; sum: Sum; chosen: boolean; onPick: ((code: string) => void) | undefined }): JSX.Element {
  const { tile, sum, onPick } = props;
  const name = areaName(tile.code);
  const size = SIZE - GAP;
  const button = onPick && {
    role: "button" as const,
    tabIndex: 0,
    "aria-pressed": props.chosen,
    onClick: () => onPick(tile.code),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      onPick(tile.code);
    },
  };
  return (
    <g
      class={`tile level-${sum.level || "none"} ${props.chosen ? "chosen" : ""}`}
      transform={`translate(${tile.column * SIZE} ${tile.row * SIZE})`}
      data-area={tile.code}
      {...button}
    >
      <rect width={size} height={size} rx="8" />
      <text x={size / 2} y="28" text-anchor="middle">
        {short(name)}
      </text>
      {sum.level !== "" && (
        <text class="mark" x={size / 2} y="52" text-anchor="middle">
          {`${named(LEVELS, sum.level).replace(" risk", "")} ${sum.n}`}
        </text>
      )}
    </g>
  );
}

/** As much of a name as a tile holds. */
function short(name: string): string {
  if (lang.value === "en") return name.length > 9 ? `${name.slice(0, 8)}.` : name;
  return name.replace(/(特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|省|市|地区)$/, "").slice(0, 4);
}

/** Small charts, drawn at the size that there is: an area through time, bars of windows, shares in a row. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { lang } from "../shared/lang.ts";

const HEIGHT = 132;
const LEFT = 44;
const FOOT = 18;
const TOP = 8;
/** As narrow as a bar may be. */
const THIN = 3;

/** The width of an element, as it changes. */
function useWidth(): [{ readonly current: HTMLDivElement | null }, number] {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(300);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const watch = new ResizeObserver(([entry]) => entry && setWidth(Math.max(160, Math.round(entry.contentRect.width))));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return [place, width];
}

/** The next number that reads well. */
function nice(value: number): number {
  if (value <= 4) return 4;
  const size = 10 ** Math.floor(Math.log10(value));
  return size * ([1, 2, 4, 5, 10].find((step) => step * size >= value) ?? 10);
}

const short = (value: number): string =>
  new Intl.NumberFormat(lang.value === "zh" ? "zh-CN" : "en", { notation: "compact" }).format(value);

interface Axis {
  readonly since: number;
  readonly until: number;
  /** What a time on the axis is called. */
  readonly name: (at: number) => string;
}

function Frame(props: Axis & { width: number; top: number }): JSX.Element {
  const { width, top } = props;
  const base = HEIGHT - FOOT;
  const middle = (props.since + props.until) / 2;
  const marks = [props.since, ...(width > 260 ? [middle] : []), props.until];
  return (
    <g class="axis">
      {[0, top / 2, top].map((value) => {
        const y = base - (value / top) * (base - TOP);
        return (
          <g key={value}>
            <line x1={LEFT} x2={width} y1={y} y2={y} />
            <text x={LEFT - 6} y={y + 4} text-anchor="end">
              {short(value)}
            </text>
          </g>
        );
      })}
      {marks.map((at, index) => (
        <text
          key={at}
          x={LEFT + ((at - props.since) / (props.until - props.since || 1)) * (width - LEFT)}
          y={HEIGHT - 3}
          text-anchor={index === 0 ? "start" : index === marks.length - 1 ? "end" : "middle"}
        >
          {props.name(at)}
        </text>
      ))}
    </g>
  );
}

export function Course(props: Axis & { label: string; points: readonly { at: number; n: number }[]; tone: string }): JSX.Element {
  const [place, width] = useWidth();
  const top = nice(Math.max(...props.points.map((point) => point.n), 1));
  const base = HEIGHT - FOOT;
  const x = (at: number): number => LEFT + ((at - props.since) / (props.until - props.since || 1)) * (width - LEFT);
  const y = (n: number): number => base - (n / top) * (base - TOP);
  const line = props.points.map((point) => `${x(point.at).toFixed(1)},${y(point.n).toFixed(1)}`).join(" ");
  return (
    <div ref={place} class={`chart ${props.tone}`}>
      <svg width={width} height={HEIGHT} role="img" aria-label={props.label}>
        <Frame since={props.since} until={props.until} name={props.name} width={width} top={top} />
        <polygon class="area" points={`${x(props.since)},${base} ${line} ${x(props.until)},${base}`} />
        <polyline class="line" points={line} />
      </svg>
    </div>
  );
}

export function Bars(props: Axis & { label: string; size: number; bars: readonly { at: number; n: number }[] }): JSX.Element {
  const [place, width] = useWidth();
  const top = nice(Math.max(...props.bars.map((bar) => bar.n), 1));
  const base = HEIGHT - FOOT;
  const scale = (width - LEFT) / (props.until - props.since || 1);
  return (
    <div ref={place} class="chart flow">
      <svg width={width} height={HEIGHT} role="img" aria-label={props.label}>
        <Frame since={props.since} until={props.until} name={props.name} width={width} top={top} />
        {props.bars.map((bar) => {
          const to = LEFT + (Math.min(bar.at + props.size, props.until) - props.since) * scale;
          const from = Math.min(LEFT + (Math.max(bar.at, props.since) - props.since) * scale, to - THIN);
          const high = (bar.n / top) * (base - TOP);
          return <rect key={bar.at} x={from} y={base - high} width={Math.max(THIN, to - from - 1)} height={high} />;
        })}
      </svg>
    </div>
  );
}

/** Parts of a whole; their numbers stand in the row beside it. */
export function Shares(props: { parts: readonly (readonly [color: string, n: number])[] }): JSX.Element {
  const whole = props.parts.reduce((sum, [, n]) => sum + n, 0) || 1;
  let from = 0;
  return (
    <svg class="shares" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      {props.parts.map(([color, n]) => {
        const width = (n / whole) * 100;
        from += width;
        return <rect key={color} class={`share-${color}`} x={from - width} y="0" width={width} height="10" />;
      })}
    </svg>
  );
}

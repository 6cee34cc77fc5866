/** The shift: how many of each kind, on this device alone, and nothing of who they were. The place, if there is one. */

import { cell } from "../shared/cell.ts";
import { keep, load } from "../shared/kept.ts";
import { isoDay } from "../shared/lang.ts";
import { now } from "../shared/region.ts";
import type { Tone } from "./check.ts";

export interface Shift {
  readonly day: string;
  readonly counts: Readonly<Record<Tone, number>>;
  /** The code at the door, and what it calls itself. */
  readonly place: string | null;
  readonly quiet: boolean;
}

const ROOM = "shift";
const NONE = { enter: 0, stop: 0, unclear: 0 };

export const shift = cell<Shift>({ day: "", counts: NONE, place: null, quiet: false });

export async function begin(): Promise<void> {
  const kept = await load<Shift>(ROOM);
  const today = isoDay(now());
  set(kept?.day === today ? kept : { ...shift.value, ...kept, day: today, counts: NONE });
}

export function count(tone: Tone): void {
  const { counts } = shift.value;
  set({ ...shift.value, counts: { ...counts, [tone]: counts[tone] + 1 } });
}

export function set(next: Shift): void {
  shift.set(next);
  void keep(ROOM, next);
}

/** Told apart with closed eyes: one high tone to enter, two low ones to stop, a buzz for what is unclear. */
const TONES: Readonly<Record<Tone, readonly (readonly [hertz: number, at: number])[]>> = {
  enter: [[880, 0]],
  stop: [[330, 0], [330, 0.22]], // prettier-ignore
  unclear: [[220, 0], [180, 0.16], [140, 0.32]], // prettier-ignore
};
const SHAKES: Readonly<Record<Tone, readonly number[]>> = { enter: [60], stop: [200, 80, 200], unclear: [60, 50, 60, 50, 60] };

let sound: AudioContext | null = null;

export function signal(tone: Tone): void {
  navigator.vibrate?.([...SHAKES[tone]]);
  if (shift.value.quiet) return;
  sound ??= new AudioContext();
  for (const [hertz, at] of TONES[tone]) {
    const [voice, volume] = [sound.createOscillator(), sound.createGain()];
    voice.frequency.value = hertz;
    volume.gain.value = 0.2;
    voice.connect(volume).connect(sound.destination);
    voice.start(sound.currentTime + at);
    voice.stop(sound.currentTime + at + 0.15);
  }
}

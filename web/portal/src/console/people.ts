/** How many people had which color at any time: those of now, and every change since taken back. */

export interface Residents {
  readonly area: string;
  readonly color: string;
  readonly people: number;
}

/** So many went from the color `value` (nobody's before: empty) to `color` within a window. */
export interface Move {
  readonly since: string;
  readonly until: string;
  readonly value: string | null;
  readonly color: string | null;
  readonly count: number;
}

export type People = Readonly<Record<string, number>>;

export interface Moment {
  readonly at: number;
  readonly people: People;
}

/** How many have each color; of one area, or of all for none. */
export function standing(residents: readonly Residents[], area: string): People {
  const found: Record<string, number> = {};
  for (const each of residents) {
    if (area === "" || each.area === area) found[each.color] = (found[each.color] ?? 0) + each.people;
  }
  return found;
}

/** From the first moment to the last; between two the number goes evenly. */
export function course(today: People, moves: readonly Move[], since: number, until: number): Moment[] {
  const windows = new Map<number, Move[]>();
  for (const move of moves) {
    const at = Date.parse(move.since);
    windows.set(at, [...(windows.get(at) ?? []), move]);
  }
  let people = today;
  const found: Moment[] = [{ at: until, people }];
  for (const [at, within] of [...windows].sort(([one], [other]) => other - one)) {
    found.push({ at: Math.min(Date.parse(within[0]?.until ?? ""), until), people });
    people = before(people, within);
    found.push({ at: Math.max(at, since), people });
  }
  found.push({ at: since, people });
  return found.reverse();
}

function before(people: People, moves: readonly Move[]): People {
  const found: Record<string, number> = { ...people };
  for (const { value, color, count } of moves) {
    if (color) found[color] = (found[color] ?? 0) - count;
    if (value) found[value] = (found[value] ?? 0) + count;
  }
  return found;
}

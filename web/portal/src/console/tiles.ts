/**
 * Where the tiles of the map lie: provinces about where they are, as a grid of equal squares. No borders are drawn, so
 * nothing is said about them; within a province its divisions stand in the order of GB/T 2260.
 */

export interface Tile {
  readonly code: string;
  readonly column: number;
  readonly row: number;
}

const COLUMNS = 7;

/** The provinces of the country. */
export const country: readonly Tile[] = [
  ["230000", 6, 0],
  ["150000", 4, 1], ["220000", 6, 1],
  ["650000", 0, 2], ["620000", 1, 2], ["640000", 2, 2], ["140000", 3, 2], ["130000", 4, 2], ["110000", 5, 2], ["210000", 6, 2],
  ["540000", 0, 3], ["630000", 1, 3], ["610000", 2, 3], ["410000", 3, 3], ["370000", 4, 3], ["120000", 5, 3],
  ["510000", 1, 4], ["420000", 2, 4], ["340000", 3, 4], ["320000", 4, 4], ["310000", 5, 4],
  ["500000", 1, 5], ["430000", 2, 5], ["360000", 3, 5], ["330000", 4, 5],
  ["530000", 0, 6], ["520000", 1, 6], ["450000", 2, 6], ["440000", 3, 6], ["350000", 4, 6], ["710000", 5, 6],
  ["460000", 2, 7], ["820000", 3, 7], ["810000", 4, 7],
].map(([code, column, row]) => ({ code: String(code), column: Number(column), row: Number(row) }));

/** The divisions of a province, side by side. */
export function inOrder(codes: readonly string[]): Tile[] {
  return codes.map((code, index) => ({ code, column: index % COLUMNS, row: Math.floor(index / COLUMNS) }));
}

import { expect, test } from "vitest";

import { parts, written } from "../src/console/csv.ts";
import { course, standing } from "../src/console/people.ts";

test("a file is cut between records, and each knows its line", () => {
  const text = '\ufeffa,b\r\n1,"two\nlines"\r\n\r\n3,4\r\n5,6\r\n';
  const found = parts(text, 2);
  expect(found.map((part) => part.content)).toEqual(['a,b\n1,"two\nlines"\n3,4\n', "a,b\n5,6\n"]);
  expect(found.map((part) => [...part.lines])).toEqual([
    [
      [3, 3],
      [4, 5],
    ],
    [[2, 6]],
  ]);
});

test("a quote that is never closed is still sent, for the region to say so", () => {
  expect(parts('a\n"1\n2\n', 10)[0]?.content).toContain('"1');
  expect(parts("", 10)).toEqual([]);
});

test("what is written can be read by a spreadsheet, and is no formula there", () => {
  expect(written(["a"], [["=1+1"], ['"'], [null], [3]])).toBe('\ufeffa\r\n\'=1+1\r\n""""\r\n\r\n3\r\n');
});

test("people of before are those of now, every change taken back", () => {
  const now = standing(
    [
      { area: "330100", color: "green", people: 7 },
      { area: "330200", color: "red", people: 2 },
    ],
    "",
  );
  const window = { since: "2020-02-11T00:00:00Z", until: "2020-02-11T00:05:00Z" };
  const moves = [
    { ...window, value: "", color: "green", count: 9 },
    { ...window, value: "green", color: "red", count: 2 },
  ];
  const since = Date.parse("2020-02-10T23:00:00Z");
  const line = course(now, moves, since, Date.parse("2020-02-11T01:00:00Z"));
  expect(line[0]).toEqual({ at: since, people: { green: 0, red: 0 } });
  expect(line.at(-1)?.people).toEqual({ green: 7, red: 2 });
  expect(standing([{ area: "330100", color: "green", people: 7 }], "330200")).toEqual({});
});

/** Which view is open: it stands behind the `#`, so that the browser's own buttons lead back. */

import { cell } from "../shared/cell.ts";

export interface Route {
  readonly view: string;
  readonly argument: string;
}

const read = (): Route => {
  const [, view = "", argument = ""] = location.hash.split("/");
  return { view: view || "overview", argument: decodeURIComponent(argument) };
};

export const route = cell<Route>(read());

addEventListener("hashchange", () => {
  route.set(read());
  document.getElementById("main")?.focus();
});

export const address = (view: string, argument = ""): string =>
  `#/${view}${argument === "" ? "" : `/${encodeURIComponent(argument)}`}`;

export function open(view: string, argument = ""): void {
  location.hash = address(view, argument);
}

/** A value that components follow. */

import { useEffect, useState } from "preact/hooks";

export interface Cell<T> {
  readonly value: T;
  set(value: T): void;
  follow(told: () => void): () => void;
}

export function cell<T>(first: T): Cell<T> {
  let value = first;
  const followers = new Set<() => void>();
  return {
    get value() {
      return value;
    },
    set(next) {
      if (Object.is(value, next)) return;
      value = next;
      for (const told of followers) told();
    },
    follow(told) {
      followers.add(told);
      return () => followers.delete(told);
    },
  };
}

/** The value, now and after each change. */
export function useCell<T>(followed: Cell<T>): T {
  const [, tell] = useState({});
  useEffect(() => {
    tell({});
    return followed.follow(() => tell({}));
  }, [followed]);
  return followed.value;
}

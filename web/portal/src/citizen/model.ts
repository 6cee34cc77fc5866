/** The region's answers as the citizen's page uses them. */

import type { Color } from "../shared/colors.tsx";

export interface Way {
  readonly kind: string;
  readonly text: string;
  readonly needed: number;
  readonly done: number;
  readonly at: string | null;
}

export interface Reason {
  readonly rule: string;
  readonly color: Color;
  readonly text: string;
  readonly source: string | null;
  readonly authorities: readonly string[];
  readonly since: string;
  readonly until: string | null;
  readonly way_out: readonly Way[];
}

export interface Code {
  readonly color: Color;
  readonly word: string;
  readonly act_word: string;
  readonly since: string;
  readonly until: string | null;
  readonly version: string;
  readonly policy: { readonly id: string; readonly version: string };
  readonly reasons: readonly Reason[];
  readonly next_steps: readonly string[];
}

export interface Known {
  readonly id: string | null;
  readonly kind: string;
  readonly at: string | null;
  readonly source: string;
  readonly text: string;
  readonly decides: boolean;
}

export interface Finding {
  readonly color: Color;
  readonly next_review: string | null;
  readonly reviewed_at: string;
  readonly known: readonly Known[];
  readonly way_out: {
    readonly green_at: string | null;
    readonly text: string;
    readonly steps: readonly { readonly act: string; readonly at: string; readonly text: string }[];
  } | null;
}

export interface Credential {
  readonly credential: string;
  readonly color: Color;
  readonly issued_at: string;
  readonly expires_at: string;
  readonly refresh_at: string;
}

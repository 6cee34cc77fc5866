/** One scan at a checkpoint, with no server: the credential, whether it is revoked, and whether it is shown live. */

import { type Bytes, hex, isSame, joined, uint32 } from "./bytes.ts";
import type { Claims } from "./claims.ts";
import { Malformed } from "./errors.ts";
import { type CheckPolicy, checkPolicy } from "./policy.ts";
import { isHolders, NO_PLACE, type Proof, split } from "./proof.ts";
import type { StatusList } from "./statusList.ts";
import type { TrustList } from "./trust.ts";
import { refuseNoTime, type Verdict, verify } from "./verify.ts";

const MOST_REMEMBERED = 10_000;

/** The answer to a scan. Only `valid` tells an act; whether that lets somebody in is the act's meaning. */
export interface Answer {
  readonly verdict: Verdict;
  /** Only what a trusted key has signed for its own region. */
  readonly claims: Claims | null;
  readonly act: string | null;
  /** How old is what was asked about revocation, in seconds since 1970. */
  readonly listsAsOf: number | null;
  /** The same proof was scanned here before; a guard looks twice. */
  readonly repeated: boolean;
  readonly detail: string;
}

/** What a checkpoint knows: whom it believes, what is revoked, its region's policy, which proofs it saw lately. */
export class Checker {
  readonly policy: CheckPolicy;
  readonly #lists = new Map<string, StatusList>();
  readonly #seen = new Set<string>();
  #trust: TrustList;

  /** `lists`: the newest of each; `update` changes them. */
  constructor(trust: TrustList, lists: Iterable<StatusList> = [], policy: Partial<CheckPolicy> = {}) {
    this.policy = checkPolicy(policy);
    this.#trust = trust;
    this.update({ lists });
  }

  /** Take newer lists; an older one changes nothing. */
  update({ trust, lists = [] }: { readonly trust?: TrustList; readonly lists?: Iterable<StatusList> }): void {
    if (trust !== undefined && trust.sequence >= this.#trust.sequence) this.#trust = trust;
    for (const list of lists) {
      const known = this.#listOf(list.issuer, list.listId);
      if (known === undefined || list.version >= known.version) {
        this.#lists.set(nameOf(list.issuer, list.listId), list);
      }
    }
  }

  /**
   * What is on a QR code, at a time (seconds since 1970); throws for no text.
   *
   * `place`: what the proof has to say of the place or the challenge, where the checkpoint demands it.
   */
  async check(text: string, now: number, place: Bytes | null = null): Promise<Answer> {
    refuseNoTime(now);
    const trust = this.#trust;
    let shown: readonly [Proof | null, string];
    try {
      shown = split(text);
    } catch (error) {
      if (error instanceof Malformed) return answer("malformed", { detail: error.message });
      throw error;
    }
    const [proof, credential] = shown;
    if (trust.asOf === null || now - trust.asOf > this.policy.trustAge) {
      return answer("stale_verifier", { detail: "the trust list is too old" });
    }
    const { verdict, claims, detail } = await verify(credential, trust, now, { clockSkew: this.policy.clockSkew });
    if (claims !== null && trust.isSuspended(claims.issuer, now)) return answer("suspended_issuer", { claims });
    if (verdict !== "valid" || claims === null) return answer(verdict, { claims, detail });
    const standing = this.#standing(claims, now);
    if (standing.verdict !== "valid") return standing;
    return this.#live(standing, claims, proof, credential, now, place);
  }

  /** Whether it is revoked. Bits stay set: an old list may say that it is, only a new one that it is not. */
  #standing(claims: Claims, now: number): Answer {
    const place = claims.statusList;
    const known = place === null ? undefined : this.#listOf(claims.issuer, place.listId);
    if (place === null || known === undefined) {
      return answer("stale_verifier", { claims, detail: "no status list says how it stands" });
    }
    const revoked = known.isRevoked(place.index);
    if (revoked === null) return answer("stale_verifier", { claims, detail: "its place is beyond the list's end" });
    const listsAsOf = known.asOf;
    if (revoked) return answer("revoked", { claims, listsAsOf });
    if (now - listsAsOf > this.policy.listsAge) {
      return answer("stale_verifier", { claims, listsAsOf, detail: "its status list is too old" });
    }
    return answer("valid", { claims, listsAsOf });
  }

  async #live(
    standing: Answer,
    claims: Claims,
    proof: Proof | null,
    credential: string,
    now: number,
    place: Bytes | null,
  ): Promise<Answer> {
    const [verdict, detail] = await this.#shown(claims, proof, credential, now, place);
    if (verdict !== "valid") return { ...standing, verdict, detail };
    const repeated = proof !== null && this.#isRepeated(proof);
    return { ...standing, verdict, act: this.policy.acts[claims.status], repeated, detail };
  }

  async #shown(
    claims: Claims,
    proof: Proof | null,
    credential: string,
    now: number,
    place: Bytes | null,
  ): Promise<readonly [Verdict, string]> {
    if (claims.kind === "paper") {
      const most = this.policy.paperAge;
      const isGood = most !== null && now - claims.issuedAt <= most;
      return isGood ? ["valid", ""] : ["expired", "older than paper may be here"];
    }
    if (!this.policy.live && place === null) return ["valid", ""];
    if (proof === null || claims.holderKey === null) return ["not_fresh", "shown without a proof"];
    if (!(await isHolders(proof, credential, claims.holderKey))) {
      return ["not_fresh", "the proof is not the holder's for this credential"];
    }
    return this.#fresh(proof, now, place);
  }

  #fresh(proof: Proof, now: number, place: Bytes | null): readonly [Verdict, string] {
    const age = now - proof.at;
    if (age > this.policy.proofAge) return ["not_fresh", "the proof is too old"];
    if (-age > this.policy.clockSkew) return ["clock_ahead", "the device's clock is ahead"];
    if (place !== null && !isSame(proof.place, place)) {
      return ["not_fresh", isSame(proof.place, NO_PLACE) ? "the proof is of no place" : "of another place"];
    }
    return ["valid", ""];
  }

  /** By time, place and r: the other half of a signature anybody can change. */
  #isRepeated(proof: Proof): boolean {
    const key = hex(joined(uint32(proof.at), proof.place, proof.signature.subarray(0, 32)));
    const repeated = this.#seen.has(key);
    this.#seen.add(key);
    for (const oldest of this.#seen) {
      if (this.#seen.size <= MOST_REMEMBERED) break;
      this.#seen.delete(oldest);
    }
    return repeated;
  }

  #listOf(issuer: string, listId: string): StatusList | undefined {
    return this.#lists.get(nameOf(issuer, listId));
  }
}

function nameOf(issuer: string, listId: string): string {
  return JSON.stringify([issuer, listId]);
}

function answer(verdict: Verdict, more: Partial<Answer>): Answer {
  return { verdict, claims: null, act: null, listsAsOf: null, repeated: false, detail: "", ...more };
}

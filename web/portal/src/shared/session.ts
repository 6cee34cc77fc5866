/**
 * Signing in: OpenID Connect's code flow with PKCE. The browser leaves for the identity provider and comes back with a
 * code, for which the portal gets the token: the pages themselves speak to no other origin.
 */

import { cell } from "./cell.ts";

const TOKEN = "hc-token";
const LEFT = "hc-left";

export interface Identity {
  readonly sub: string;
  readonly roles: readonly string[];
  readonly name: string | null;
  readonly idType: string | null;
  readonly idNumber: string | null;
  readonly authority: string | null;
  readonly expiresAt: number;
}

export interface SignIn {
  readonly authorize_url: string;
  readonly client_id: string;
}

/** Who is signed in, by the token; only the region's services check it. */
export const identity = cell<Identity | null>(read(sessionStorage.getItem(TOKEN)));

/** A token lives as long as the window: who picks up the phone tomorrow signs in again. */
export function token(): string | null {
  const kept = sessionStorage.getItem(TOKEN);
  const known = identity.value;
  return kept !== null && known !== null && known.expiresAt > Date.now() / 1000 ? kept : null;
}

export function signedOut(): void {
  sessionStorage.removeItem(TOKEN);
  identity.set(null);
}

const here = (): string => location.origin + location.pathname;

/** Leave for the identity provider. */
export async function signIn(provider: SignIn): Promise<void> {
  const verifier = random();
  const state = random();
  const challenge = base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
  sessionStorage.setItem(LEFT, JSON.stringify({ verifier, state, redirect: here() }));
  const address = new URL(provider.authorize_url);
  const asked = {
    response_type: "code",
    scope: "openid",
    client_id: provider.client_id,
    redirect_uri: here(),
    state,
    code_challenge: challenge,
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  location.assign(address);
}

/** Come back from there, if that is where the browser comes from. Raises what the exchange does. */
export async function comeBack(exchange: (body: object) => Promise<{ access_token: string }>): Promise<void> {
  const given = new URLSearchParams(location.search);
  const code = given.get("code");
  const left = sessionStorage.getItem(LEFT);
  if (code === null || left === null) return;
  sessionStorage.removeItem(LEFT);
  history.replaceState(null, "", location.pathname);
  const { verifier, state, redirect } = JSON.parse(left) as { verifier: string; state: string; redirect: string };
  if (state !== given.get("state")) return;
  const { access_token } = await exchange({ code, verifier, redirect_uri: redirect });
  sessionStorage.setItem(TOKEN, access_token);
  identity.set(read(access_token));
}

function read(kept: string | null): Identity | null {
  const part = kept?.split(".")[1];
  if (part === undefined) return null;
  const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
  const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  const text = (name: string): string | null => (typeof claims[name] === "string" ? (claims[name] as string) : null);
  return {
    sub: text("sub") ?? "",
    roles: Array.isArray(claims["roles"]) ? (claims["roles"] as string[]) : [],
    name: text("name"),
    idType: text("id_type"),
    idNumber: text("id_number"),
    authority: text("authority"),
    expiresAt: Number(claims["exp"] ?? 0),
  };
}

const random = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)));

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

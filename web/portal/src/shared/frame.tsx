/** What every page has: the region's name, both languages, large type, and a place for what went wrong. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useCell } from "./cell.ts";
import { told } from "./http.ts";
import { lang, large, setLang, setLarge, t, type Text } from "./lang.ts";
import { region, signInFault } from "./region.ts";
import { identity, signedOut, signIn } from "./session.ts";

const TEXTS = {
  skip: ["跳到正文", "Skip to the content"],
  other: ["English", "中文"],
  larger: ["大字", "Larger"],
  out: ["退出", "Sign out"],
  sign: ["登录", "Sign in"],
  noSign: ["本地区页面尚未开通登录。", "This region's pages have no sign-in yet."],
  demo: ["演示环境：这里没有真实的人", "A demonstration: nobody here is real"],
  offline: ["没有网络", "No network"],
} satisfies Record<string, Text>;

export function Frame(props: { title: Text; children: ComponentChildren; tone?: string; nav?: ComponentChildren }): JSX.Element {
  const chosen = useCell(lang);
  const isLarge = useCell(large);
  const about = useCell(region);
  const who = useCell(identity);
  const online = useOnline();
  useEffect(() => {
    document.title = `${t(props.title)} · ${about?.name[chosen] ?? ""}`;
  }, [props.title, about, chosen]);
  return (
    <>
      <a class="skip" href="#main">
        {t(TEXTS.skip)}
      </a>
      <header class="top">
        <b class="brand">
          <span class="place">{about?.name[chosen] ?? ""}</span> {t(props.title)}
        </b>
        {!online && <span class="badge">{t(TEXTS.offline)}</span>}
        <button type="button" class="quiet" aria-pressed={isLarge} onClick={() => setLarge(!isLarge)}>
          {t(TEXTS.larger)}
        </button>
        <button type="button" class="quiet" id="language" onClick={() => setLang(chosen === "zh" ? "en" : "zh")}>
          <span lang={chosen === "zh" ? "en" : "zh-CN"}>{t(TEXTS.other)}</span>
        </button>
      </header>
      {props.nav}
      <main id="main" tabIndex={-1} class={props.tone ?? ""}>
        {props.children}
      </main>
      <footer class="foot">
        {about?.demo === true && <span>{t(TEXTS.demo)}</span>}
        {who !== null && (
          <button type="button" class="quiet" id="sign-out" onClick={signedOut}>
            {t(TEXTS.out)}
          </button>
        )}
      </footer>
    </>
  );
}

export function SignInButton(): JSX.Element {
  const about = useCell(region);
  const fault = useCell(signInFault);
  const provider = about?.sign_in;
  return (
    <>
      <Fault fault={fault} />
      {provider ? (
        <button type="button" class="main" id="sign-in" onClick={() => void signIn(provider)}>
          {t(TEXTS.sign)}
        </button>
      ) : (
        about !== null && <p>{t(TEXTS.noSign)}</p>
      )}
    </>
  );
}

/** What went wrong, told at once to who cannot see it. */
export function Fault(props: { fault: unknown }): JSX.Element {
  return (
    <div role="alert" class="alert-place">
      {props.fault !== null && props.fault !== undefined && <p class="fault">{told(props.fault)}</p>}
    </div>
  );
}

export function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const tell = (): void => setOnline(navigator.onLine);
    addEventListener("online", tell);
    addEventListener("offline", tell);
    return () => {
      removeEventListener("online", tell);
      removeEventListener("offline", tell);
    };
  }, []);
  return online;
}

/** Again every so many milliseconds. */
export function useTick(milliseconds: number): void {
  const [, tell] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tell((n) => n + 1), milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
}

/** Keep the pages for where there is no network. */
export async function keepPages(all: boolean): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`, { scope: import.meta.env.BASE_URL });
  const ready = await navigator.serviceWorker.ready;
  if (all) ready.active?.postMessage("keep-all");
}

/** The citizen's page. */

import "../shared/base.css";
import "./citizen.css";

import { type JSX, render } from "preact";

import { useCell } from "../shared/cell.ts";
import { Frame, keepPages, SignInButton } from "../shared/frame.tsx";
import { apply, lang, large, t, type Text } from "../shared/lang.ts";
import { meet, region } from "../shared/region.ts";
import { identity } from "../shared/session.ts";
import { CodeScreen } from "./code.tsx";
import { Declare } from "./declare.tsx";
import { follow, mine, standing } from "./state.ts";

const TITLE: Text = ["健康码", "Health code"];
const TEXTS = {
  hello: ["您的健康码", "Your health code"],
  what: [
    "申报一次，全省通行。没有网络也能出示，颜色的原因、依据和解除办法都写在上面。",
    "Declare once, and it is good in the whole region. It works without a network, and says why it has its color, who says so, and what ends it.",
  ],
  only: ["请以市民身份登录。", "Sign in as a citizen."],
  loading: ["正在读取…", "Reading…"],
} satisfies Record<string, Text>;

function App(): JSX.Element {
  const who = useCell(identity);
  const stands = useCell(standing);
  const known = useCell(mine);
  useCell(lang);
  useCell(large);
  useCell(region);
  return (
    <Frame title={TITLE} tone={known === null ? "" : `tone-${known.code.color}`}>
      {known !== null ? <CodeScreen /> : <Door signedIn={who !== null} citizen={who?.roles.includes("citizen") ?? false} none={stands === "none"} />}
    </Frame>
  );
}

function Door(props: { signedIn: boolean; citizen: boolean; none: boolean }): JSX.Element {
  if (props.signedIn && props.citizen && props.none) return <Declare />;
  if (props.signedIn && props.citizen) return <p role="status">{t(TEXTS.loading)}</p>;
  return (
    <section class="card welcome">
      <h1>{t(TEXTS.hello)}</h1>
      <p class="lead">{props.signedIn ? t(TEXTS.only) : t(TEXTS.what)}</p>
      <SignInButton />
    </section>
  );
}

apply();
const place = document.getElementById("app");
if (place !== null) render(<App />, place);
void meet().then(follow);
void keepPages(false);

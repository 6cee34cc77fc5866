/** The officer's console. */

import "../shared/base.css";
import "./console.css";

import { type ComponentChildren, type JSX, render } from "preact";

import { useCell } from "../shared/cell.ts";
import { Frame, SignInButton } from "../shared/frame.tsx";
import { get } from "../shared/http.ts";
import { apply, lang, large, t, type Text } from "../shared/lang.ts";
import { meet, region } from "../shared/region.ts";
import { type Identity, identity } from "../shared/session.ts";
import type { Proposal } from "./act.tsx";
import { Areas } from "./areas.tsx";
import { Corrections } from "./corrections.tsx";
import { useLoaded } from "./load.ts";
import { Keys } from "./keys.tsx";
import { Lists } from "./lists.tsx";
import { Operations } from "./operations.tsx";
import { Overview } from "./overview.tsx";
import { Person } from "./person.tsx";
import { Policies } from "./policies.tsx";
import { Proposals } from "./proposals.tsx";
import { Regions } from "./regions.tsx";
import { address, route } from "./route.ts";

const TITLE: Text = ["工作台", "Console"];
const TEXTS = {
  hello: ["疾控与指挥部工作台", "The console of officers"],
  what: [
    "名单、风险区、政策和每一个码色的由来，都在这里查看和办理；重大事项由两人复核。",
    "Lists, areas, policies, and what every color comes from: seen and handled here. What matters takes two officers.",
  ],
  only: ["请以工作人员身份登录。", "Sign in as an officer."],
  views: ["栏目", "Views"],
} satisfies Record<string, Text>;

interface View {
  readonly key: string;
  readonly title: Text;
  readonly role: string;
  readonly show: (authority: string, argument: string) => ComponentChildren;
}

const VIEWS: readonly View[] = [
  { key: "overview", title: ["总览", "Overview"], role: "officer", show: () => <Overview /> },
  { key: "lists", title: ["名单", "Lists"], role: "officer", show: (authority) => <Lists authority={authority} /> },
  { key: "areas", title: ["风险区", "Areas"], role: "officer", show: () => <Areas /> },
  { key: "proposals", title: ["双人复核", "Two officers"], role: "officer", show: (_, argument) => <Proposals argument={argument} /> },
  { key: "person", title: ["个人", "A person"], role: "officer", show: () => <Person /> },
  { key: "corrections", title: ["纠错", "Corrections"], role: "officer", show: (_, argument) => <Corrections argument={argument} /> },
  { key: "policies", title: ["政策", "Policies"], role: "officer", show: (_, argument) => <Policies argument={argument} /> },
  { key: "keys", title: ["密钥", "Keys"], role: "officer", show: () => <Keys /> },
  { key: "regions", title: ["地区与互认", "Regions"], role: "officer", show: () => <Regions /> },
  { key: "operations", title: ["运维", "Operations"], role: "ops", show: () => <Operations /> },
];

function App(): JSX.Element {
  const who = useCell(identity);
  const at = useCell(route);
  useCell(lang);
  useCell(large);
  useCell(region);
  const views = VIEWS.filter((view) => who?.roles.includes(view.role) === true);
  const open = views.find((view) => view.key === at.view) ?? views[0];
  if (open === undefined) {
    return (
      <Frame title={TITLE} tone="console">
        <section class="card welcome">
          <h1>{t(TEXTS.hello)}</h1>
          <p class="lead">{t(who === null ? TEXTS.what : TEXTS.only)}</p>
          <SignInButton />
        </section>
      </Frame>
    );
  }
  return (
    <Frame title={TITLE} tone="console" nav={<Views views={views} open={open} name={who?.name ?? ""} />}>
      <div key={open.key} id={`view-${open.key}`}>
        {open.show(who?.authority ?? "", at.argument)}
      </div>
    </Frame>
  );
}

/** How much waits for this officer, by view. */
async function waiting(who: Identity | null): Promise<Readonly<Record<string, number>>> {
  if (who === null || !who.roles.includes("officer")) return {};
  const [proposals, corrections] = await Promise.all([
    get<{ proposals: readonly Proposal[] }>("/v1/proposals"),
    get<{ corrections: readonly unknown[] }>("/v1/corrections/inbox"),
  ]);
  const others = proposals.proposals.filter((each) => each.state === "open" && each.proposed_by !== who.sub);
  return { proposals: others.length, corrections: corrections.corrections.length };
}

function Views(props: { views: readonly View[]; open: View; name: string }): JSX.Element {
  const who = useCell(identity);
  const { data } = useLoaded(() => waiting(who), [who], 15_000);
  return (
    <nav class="views" aria-label={t(TEXTS.views)}>
      <ul>
        {props.views.map((view) => (
          <li key={view.key}>
            <a href={address(view.key)} aria-current={view === props.open ? "page" : undefined}>
              {t(view.title)} {(data?.[view.key] ?? 0) > 0 && <span class="waiting">{data?.[view.key]}</span>}
            </a>
          </li>
        ))}
      </ul>
      <p class="who">{props.name}</p>
    </nav>
  );
}

apply();
const place = document.getElementById("app");
if (place !== null) render(<App />, place);
void meet();

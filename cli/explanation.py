"""An explained finding as one page of text."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

STYLES: Final = {"red": "bold red", "yellow": "bold yellow", "green": "bold green"}
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "until": "until {} at the earliest", "at": "As of {}", "concluded": "concluded {}",
        "under": "policy {} {}", "unpublished": "A review is on its way: this is not published yet.",
        "why": "Why", "way": "The way out", "considered": "Every rule that was considered",
        "no_policy": "The policy it was concluded under is not on this server any more: only what held is known.",
        "known": "Every fact that was known", "none": "Nothing was known.",
        "received": "Decided by another region's facts.",
    },
    "zh": {
        "until": "最早至 {}", "at": "截至 {}", "concluded": "评定于 {}",
        "under": "适用政策 {} {}", "unpublished": "复核进行中：此结果尚未发布。",
        "why": "原因", "way": "解除途径", "considered": "全部已考虑的规则",
        "no_policy": "服务器上已无评定时适用的政策：仅知成立的规则。",
        "known": "全部已知事实", "none": "无已知事实。", "received": "由其他地区共享的事实决定。",
    },
}  # fmt: skip


def write_explanation(found: Mapping[str, Any], lang: str) -> None:
    """The page on stdout; times are the region's own."""
    page = _Page(found, lang)
    console = Console(highlight=False)
    console.print(page.head())
    page.section(console, "why", page.reasons())
    if found["way_out"] is not None:
        page.section(console, "way", [Text(found["way_out"]["text"])])
    page.section(console, "considered", page.considered())
    page.section(console, "known", [page.known()] if found["known"] else [Text(page.say("none"))])


class _Page:
    def __init__(self, found: Mapping[str, Any], lang: str) -> None:
        self.found, self.zone, self.words = found, ZoneInfo(found["timezone"]), WORDS[lang]

    def say(self, word: str, *parts: str) -> str:
        return self.words[word].format(*parts)

    def time(self, text: str | None) -> str:
        return "" if text is None else datetime.fromisoformat(text).astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    def section(self, console: Console, title: str, lines: Sequence[Text | Table]) -> None:
        console.print()
        console.print(Text(self.say(title), style="bold"))
        for line in lines:
            console.print(line)

    def head(self) -> Text:
        found = self.found
        text = Text(found["color_label"], style=STYLES.get(found["color"], "bold"))
        text.append(f"  {found['act_label']}", style="not bold default")
        if found["until"] is not None:
            text.append("  " + self.say("until", self.time(found["until"])), style="not bold default")
        under = self.say("under", found["policy"], found["policy_version"])
        dates = f"{self.say('at', self.time(found['at']))}, {self.say('concluded', self.time(found['reviewed_at']))}"
        text.append(f"\n{found['subject']}\n{dates}, {under}", style="not bold dim")
        for word, says in (("unpublished", not found["published"]), ("received", not found["first_hand"])):
            if says:
                text.append("\n" + self.say(word), style="yellow")
        return text

    def reasons(self) -> list[Text]:
        lines = []
        for rule in self.found["rules"]:
            text = Text("  ").append(rule["rule"], style=STYLES.get(rule["color"], "bold"))
            text.append(f"  {rule['text']}").append(f"  ({', '.join(rule['sources'])})" if rule["sources"] else "")
            lines.append(text)
        return lines

    def considered(self) -> list[Text]:
        if self.found["considered"] is None:
            return [Text(self.say("no_policy"))]
        lines = []
        for rule in self.found["considered"]:
            holds = rule["verdict"] == "holds"
            style = STYLES.get(rule["color"], "bold") if holds else "bold"
            lines.append(Text("  ").append(rule["rule"], style=style).append(f"  {rule['text']}"))
            lines += self.parts(rule["condition"], 3)
        return lines

    def parts(self, part: Mapping[str, Any], depth: int) -> Iterator[Text]:
        mark, style = ("✓", "") if part["holds"] else ("✗", "dim")
        facts = f"  [{', '.join(part['facts'])}]" if part["facts"] and not part["parts"] else ""
        yield Text("  " * depth + f"{mark} {part['text']}{facts}", style=style)
        for each in part["parts"]:
            yield from self.parts(each, depth + 1)

    def known(self) -> Table:
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        for _ in range(5):
            table.add_column(overflow="fold")
        for fact in self.found["known"]:
            mark = Text("●" if fact["decides"] else " ")
            source = "; ".join(filter(None, (fact["source"], fact["evidence"])))
            cells = (self.time(fact["at"]), fact["text"], source, fact["id"] or "")
            table.add_row(mark, *(Text(cell) for cell in cells))
        return table

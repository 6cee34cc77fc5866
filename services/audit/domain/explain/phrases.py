"""What explanations are made of, in both languages."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Final

from healthcode.areas import UnknownArea, nearest
from healthcode.values import Coded, Lang, label
from services.audit.domain.days import calendar_day, moment

PHRASES: Final[dict[Lang, dict[str, str]]] = {
    "en": {
        "list": ", ", "or": " or ",
        "abroad": "a country abroad", "well": "all is well", "contact": "contact with a case",
        # Conditions.
        "listed": "on a control list as {what}",
        "stayed": "was in {where}, and had not left more than {days} days before that became known",
        "stayed_left": "has left {where}, no more than {days} days before that became known",
        "between": " between {since} and {until}",
        "present": "is in {where} now",
        "where_level": "an area of {levels}", "where_named": "{places}", "where_both": "{places}, at {levels}",
        "symptom": "stated {what}", "temperature": "stated a temperature of {degrees} °C or more",
        "no_temperature": "declared, but no temperature was taken for {days} days",
        "contact_stated": "declared contact with a case",
        "undeclared": "never declared", "outdated": "declared last more than {days} days ago",
        "missed": "declared, but has not checked in for {days} days",
        "streak": "checked in as well on {days} days running",
        "tested": "{count} × {result} ({kinds})", "apart": ", {hours} hours apart", "within": ", within {days} days",
        "contradicted": "denied {what} in a declaration, against an entry as {by}",
        "denied_contact": "contact", "denied_abroad": "a stay abroad", "denied_symptoms": "symptoms and fever",
        "all": "all of these:", "any": "at least one of these:", "not": "not this:",
        # Verdicts.
        "holds": "holds: {color}{until}", "until": " until {at} at the earliest",
        "exempted": "would hold, but two officers have decided that it does not count",
        "over": "no longer holds: it was over on {at}", "over_": "no longer holds: its time is over",
        "no": "does not hold: its condition is not met",
        # Facts.
        "declaration": "declared: {what}; lives in {home}",
        "trip": "trip to {where} from {since}{until}", "to": " to {until}",
        "stay": "in {where} from {since} to {until}", "degrees": "{degrees} °C",
        "check_in": "checked in for {day}: {what}",
        "check_ins": "normal check-ins from {since} to {until}",
        "agreed": "confirmed what was declared for them", "contested": "said that what was declared for them is wrong",
        "listing": "listed as {what} from {since}", "ended": " until {until}",
        "test": "{kind}: {result}, sampled {at}",
        "decision": "two officers decided {color} from {since} until {until}",
        "exemption": "two officers decided that {rules} does not count from {since} until {until}",
        "withdrawn": " (withdrawn)", "uncounted": " (does not count before the person confirms it)",
        "person": "the person", "shared": "{source}, shared by {region}",
        # The way out.
        "green_now": "The code is green now.",
        "waits": "Green on {green} at the earliest; nothing needs to be done for it.",
        "acts": "Green on {green} at the earliest, if this is done: {steps}.",
        "unaided": " Without doing anything: {unaided}.", "never_unaided": " Without that it does not become green.",
        "closed": "Neither time nor anything that the person can do makes it green within {days} days:"
                  " an authority has to end what stands, or it can be contested.",
        "declare": "declare your health ({at})", "confirm": "confirm what was declared for you ({at})",
        "test_step": "a negative test ({at})", "check_in_step": "a normal check-in ({at})",
        "check_ins_step": "a normal check-in on each of {count} days ({since} to {until})",
        "tests_step": "{count} negative tests ({since} to {until})", "then": "; then ",
    },
    "zh": {
        "list": "、", "or": "或",
        "abroad": "境外", "well": "一切正常", "contact": "接触过病例",
        "listed": "被列为{what}",
        "stayed": "到过{where}，且获知时离开未超过{days}天",
        "stayed_left": "已离开{where}，且获知时离开未超过{days}天",
        "between": "（{since}至{until}期间）",
        "present": "目前在{where}",
        "where_level": "{levels}地区", "where_named": "{places}", "where_both": "{places}（{levels}）",
        "symptom": "申报有{what}", "temperature": "申报体温{degrees}℃及以上",
        "no_temperature": "已申报，但{days}天未测体温",
        "contact_stated": "申报接触过病例",
        "undeclared": "从未申报", "outdated": "最近一次申报已超过{days}天",
        "missed": "已申报，但{days}天未打卡",
        "streak": "连续{days}天正常打卡",
        "tested": "{count}次{result}（{kinds}）", "apart": "，间隔{hours}小时", "within": "，{days}天内",
        "contradicted": "申报否认{what}，与名单记录（{by}）不符",
        "denied_contact": "接触史", "denied_abroad": "境外旅居史", "denied_symptoms": "症状及发热",
        "all": "同时满足：", "any": "满足其一：", "not": "不满足：",
        "holds": "成立：{color}{until}", "until": "，最早至{at}",
        "exempted": "本应成立，但经双人复核决定不予适用",
        "over": "不再成立：已于{at}结束", "over_": "不再成立：已到期",
        "no": "不成立：条件不满足",
        "declaration": "申报：{what}；居住在{home}",
        "trip": "行程：{where}，自{since}起{until}", "to": "至{until}止",
        "stay": "{since}至{until}在{where}", "degrees": "{degrees}℃",
        "check_in": "{day}打卡：{what}",
        "check_ins": "{since}至{until}每日正常打卡",
        "agreed": "确认他人代为申报的内容", "contested": "否认他人代为申报的内容",
        "listing": "自{since}起列为{what}", "ended": "，至{until}止",
        "test": "{kind}：{result}，采样于{at}",
        "decision": "经双人复核决定为{color}，自{since}至{until}",
        "exemption": "经双人复核决定{rules}不予适用，自{since}至{until}",
        "withdrawn": "（已撤回）", "uncounted": "（本人确认前不作数）",
        "person": "本人", "shared": "{source}（由{region}共享）",
        "green_now": "目前为绿码。",
        "waits": "最早于{green}转为绿码，无须另行办理。",
        "acts": "如完成以下事项，最早于{green}转为绿码：{steps}。",
        "unaided": "若不办理，则于{unaided}转为绿码。", "never_unaided": "若不办理，则不会转为绿码。",
        "closed": "{days}天内，时间推移或本人办理均不能转为绿码：须由主管机构解除，或由本人提出纠错申请。",
        "declare": "进行健康申报（{at}）", "confirm": "确认他人代为申报的内容（{at}）",
        "test_step": "取得阴性检测结果（{at}）", "check_in_step": "正常打卡（{at}）",
        "check_ins_step": "连续{count}天每日正常打卡（{since}至{until}）",
        "tests_step": "取得{count}次阴性检测结果（{since}至{until}）", "then": "；然后",
    },
}  # fmt: skip


class Speech:
    """One language, and the region's own time."""

    def __init__(self, lang: Lang, tz: tzinfo) -> None:
        self.lang, self.tz = lang, tz
        self._phrases = PHRASES[lang]

    def say(self, phrase: str, **parts: object) -> str:
        """A phrase with its parts."""
        return self._phrases[phrase].format(**parts)

    def time(self, at: datetime | int) -> str:
        """A time to the minute."""
        return (moment(at) if isinstance(at, int) else at).astimezone(self.tz).strftime("%Y-%m-%d %H:%M")

    def day(self, number: int) -> str:
        """A day by its number."""
        return calendar_day(number).isoformat()

    def joined(self, parts: Iterable[str], how: str = "list") -> str:
        """Parts in a row; `how`: `list`, `or` or `then`."""
        return self._phrases[how].join(parts)

    def labels(self, members: Iterable[Coded], how: str = "or") -> str:
        """Names of values in a row."""
        return self.joined((label(each, self.lang) for each in members), how)

    def place(self, code: str) -> str:
        """A place by name and code; of a country only that it is abroad, and its letters."""
        if code[:1].isalpha():
            return f"{self._phrases['abroad']} ({code})"
        try:
            found = nearest(code)
        except UnknownArea:
            return code
        return f"{found.zh if self.lang == 'zh' else found.en} ({code})"

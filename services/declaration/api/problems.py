"""What can go wrong here, in words; and from the rules' own verdicts to problem documents."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, get_args

from chassis.http.problems import FieldError, Problem, problem_type
from chassis.http.standard import IN_FLIGHT, INVALID, KEY_REUSED, NOT_FOUND
from chassis.http.wording import field_text
from healthcode.identity import InvalidIdNumber, InvalidIdReason
from services.declaration.domain.correction import MOST_OPEN, TooManyOpen
from services.declaration.domain.fault import (
    Fault,
    InFlight,
    KeyReused,
    NotFound,
    NothingToConfirm,
    NotVerified,
    Path,
    Refused,
    TooManyDependants,
)

BATCH_TOO_LONG: Final = problem_type(
    "batch-too-long",
    413,
    "1101",
    "The batch has too many lines",
    "批量文件行数过多",
    detail_en="Split it: a batch has at most {most} lines.",
    detail_zh="请拆分后提交：每批最多 {most} 行。",
)
BATCH_UNREADABLE: Final = problem_type(
    "batch-unreadable",
    422,
    "1102",
    "The batch cannot be read",
    "无法读取批量文件",
    detail_en="Send UTF-8: one JSON object a line, or CSV with a header row of the documented columns.",
    detail_zh="请使用 UTF-8 编码：每行一个 JSON 对象，或首行为规定列名的 CSV 文件。",
)
NOT_VERIFIED: Final = problem_type(
    "identity-not-verified",
    403,
    "2101",
    "Your account names no verified identity document",
    "账号尚未实名认证",
    detail_en="Verify your identity with the identity provider, sign in again and repeat this.",
    detail_zh="请先完成实名认证，重新登录后再试。",
)
NOTHING_TO_CONFIRM: Final = problem_type(
    "nothing-to-confirm",
    409,
    "3101",
    "This needs no confirmation",
    "无需确认",
    detail_en="Only what another person declared for you is confirmed or contested.",
    detail_zh="仅他人代报的内容需要本人确认或提出异议。",
)
TOO_MANY_DEPENDANTS: Final = problem_type(
    "too-many-dependants",
    409,
    "3102",
    "You have as many dependants as one may have",
    "被监护人数量已达上限",
    detail_en="Ask at a counter, or have an institution declare in a batch.",
    detail_zh="请到窗口办理，或由机构批量申报。",
)
TOO_MANY_OPEN: Final = problem_type(
    "too-many-corrections",
    409,
    "3103",
    "You have as many unanswered corrections as one may have",
    "待答复的纠错申请数量已达上限",
    detail_en="At most {most} may wait; each is answered or escalated within 24 hours.",
    detail_zh="最多可有 {most} 项待答复；每项将在 24 小时内答复或上报。",
)

for _reason in get_args(InvalidIdReason):
    _error = InvalidIdNumber(_reason)
    field_text(f"id_number_{_reason}", _error.en, _error.zh)

for _row in (
    ("unknown_area", "There is no such area: give its GB/T 2260 code.", "没有此地区，请填写 GB/T 2260 行政区划代码。"),
    (
        "area_or_country",
        "Give either the area in China or the other country.",
        "境内地区 area 与境外国家 country 须二选一。",
    ),
    ("home_country", "For a stay in China give the area instead.", "境内旅居请填写 area。"),
    (
        "promise_required",
        "Promise that what you state is true; without that it cannot be accepted.",
        "请承诺所报内容属实，否则无法受理。",
    ),
    (
        "symptoms_contradict",
        "Give either none or the symptoms, not both.",
        "“无症状”不能与其他症状同时选择。",
    ),
    ("until_before_since", "The end lies before the beginning.", "结束日期早于开始日期。"),
    ("in_future", "This day is still to come.", "该日期尚未到来。"),
    ("in_past", "This day has passed.", "该日期已过。"),
    ("stay_too_old", "Leave out stays that ended more than {days} days ago.", "请勿填写 {days} 天以前结束的旅居史。"),
    ("too_long_ago", "Give a day at most {days} days ago.", "日期最多早于今天 {days} 天。"),
    ("too_far_ahead", "Give a day at most {days} days ahead.", "日期最多晚于今天 {days} 天。"),
    ("trip_over", "The trip is over: declare it as a stay.", "行程已结束，请作为旅居史申报。"),
    ("trip_too_long", "A trip lasts at most {days} days.", "行程最长 {days} 天。"),
    (
        "not_a_region",
        "Give the code of a region, as 420000; the place in it goes into area.",
        "请填写地区（省级）代码，如 420000；具体地点填入 area。",
    ),
    ("area_outside", "This area does not lie in the destination.", "该地区不在目的地范围内。"),
    ("consent_too_long", "A consent counts for at most {years} years.", "授权最长 {years} 年。"),
    ("after_registration", "The registration ends before this day.", "该日期晚于监护登记的到期日。"),
    ("own_document", "This is your own document.", "这是您本人的证件。"),
    (
        "no_such_dependant",
        "You have no dependant of that id whose consent still counts.",
        "没有此被监护人，或其授权已到期。",
    ),
    (
        "not_the_dependant",
        "This is not the document of the dependant that you declare for.",
        "该证件不属于所选的被监护人。",
    ),
    ("person_and_for", "Give either person or for.", "person 与 for 不能同时填写。"),
    ("not_an_object", "This line is no JSON object in UTF-8.", "该行不是 UTF-8 编码的 JSON 对象。"),
    ("too_many_cells", "This line has more cells than the header.", "该行的列数多于表头。"),
):
    field_text(*_row)


@contextmanager
def explained() -> Iterator[None]:
    """Turn the rules' verdicts into problems."""
    try:
        yield
    except Refused as refusal:
        raise Problem(INVALID, errors=[field_error(fault) for fault in refusal.faults]) from None
    except NotVerified:
        raise Problem(NOT_VERIFIED) from None
    except NotFound:
        raise Problem(NOT_FOUND) from None
    except NothingToConfirm:
        raise Problem(NOTHING_TO_CONFIRM) from None
    except TooManyDependants:
        raise Problem(TOO_MANY_DEPENDANTS) from None
    except TooManyOpen:
        raise Problem(TOO_MANY_OPEN, most=MOST_OPEN) from None
    except InFlight:
        raise Problem(IN_FLIGHT, headers={"Retry-After": "5"}) from None
    except KeyReused:
        raise Problem(KEY_REUSED) from None


def field_error(fault: Fault) -> FieldError:
    """A fault as a field error of the body."""
    return FieldError(fault.code, pointer=pointer(fault.path), params=fault.params)


def pointer(path: Path) -> str:
    """The JSON pointer of a path; its parts are our own names and numbers."""
    return "#" + "".join(f"/{part}" for part in path)

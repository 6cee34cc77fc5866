"""The issuer's own problems, and which of them stands for what a handler raises."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import get_args

import structlog

from chassis.http.problems import FieldError, Problem, problem_type
from chassis.http.standard import INVALID
from chassis.http.wording import field_text
from healthcode.identity import InvalidIdNumber, InvalidIdReason
from services.issuer.domain import NothingToShow
from services.issuer.handlers.code import NotDeclared
from services.issuer.handlers.credential import ListsFull
from services.issuer.handlers.family import NotGuardian
from services.issuer.handlers.keys import NoSigningKey

log = structlog.get_logger()

NOT_DECLARED = problem_type(
    "not-declared",
    404,
    "3301",
    "Nothing is known of this person: declare first",
    "尚无此人的健康信息：请先申报",
    detail_en="Make a health declaration (POST /v1/declarations); the code follows within seconds.",
    detail_zh="请先进行健康申报（POST /v1/declarations），数秒后即可生成健康码。",
)
NOTHING_TO_SHOW = problem_type(
    "nothing-to-show",
    409,
    "3302",
    "There is no color to show now",
    "当前没有可出示的健康码",
    detail_en="The code is {color}. Make a health declaration; the code follows within seconds.",
    detail_zh="健康码当前状态为 {color}。请进行健康申报，数秒后即可生成健康码。",
)
NOT_GUARDIAN = problem_type(
    "not-the-guardian",
    404,
    "3303",
    "You may not show this person's code",
    "您无权出示此人的健康码",
    detail_en="The person agrees to it (POST /v1/guardians/{id}/consent), or a counter sees both documents.",
    detail_zh="须由本人同意（POST /v1/guardians/{id}/consent），或到窗口核验双方证件。",
)
NOT_THE_DOCUMENT = problem_type(
    "not-the-document",
    422,
    "1303",
    "This is not the document of this person",
    "该证件不属于此人",
    detail_en="Give the document of the person whose code you show.",
    detail_zh="请填写被监护人的证件。",
)
IDENTITY_UNVERIFIED = problem_type(
    "identity-unverified",
    403,
    "2301",
    "Your identity has not been verified",
    "您的身份尚未核验",
    detail_en="Sign in with an account that is verified by an identity document, or go to a counter.",
    detail_zh="请使用已实名核验的账号登录，或前往服务窗口办理。",
)
LISTS_FULL = problem_type(
    "status-lists-full",
    503,
    "5301",
    "No credential can be issued now",
    "暂时无法签发凭证",
    detail_en="Send the request again later; operators: raise HC_ISSUER_STATUS_LISTS.",
    detail_zh="请稍后重试；运维人员请调高 HC_ISSUER_STATUS_LISTS。",
)
TOO_MANY_AT_ONCE = problem_type(
    "too-many-fresh-codes",
    503,
    "5303",
    "Too many ask for fresh codes just now",
    "当前刷新健康码的人数过多",
    detail_en="Come again after as many seconds as Retry-After says; until then the code that you have stands.",
    detail_zh="请按 Retry-After 所示秒数后重试；此前已有的健康码仍然有效。",
)
NO_SIGNING_KEY = problem_type(
    "no-signing-key",
    503,
    "5302",
    "Nothing can be signed now",
    "暂时无法签名",
    detail_en="Send the request again later; operators: the region has no key that signs now, see docs/keys.md.",
    detail_zh="请稍后重试；运维人员：本地区当前没有可用的签名密钥，见 docs/keys.md。",
)
CLIENT_NOT_GRANTED = problem_type(
    "client-not-granted",
    403,
    "2361",
    "Your client may not use codes now",
    "该客户端当前无权使用健康码",
    detail_en="Apply (POST /v1/clients), or read how your client stands: GET /v1/clients/own.",
    detail_zh="请提交申请（POST /v1/clients），或查询客户端状态：GET /v1/clients/own。",
)
OUT_OF_SCOPE = problem_type(
    "client-out-of-scope",
    403,
    "2362",
    "Your client may do other things, and not this",
    "该客户端未获此项授权",
    detail_en="This takes the scope {scope}: ask the region's officers to grant it.",
    detail_zh="此操作需要授权范围 {scope}：请向本地区主管部门申请。",
)
NO_CONSENT = problem_type(
    "no-consent",
    404,
    "3361",
    "Nobody of that name lets you see a code",
    "没有此编号的授权人员",
    detail_en="The person has to agree first: PUT /v1/me/clients/{{client}}.",
    detail_zh="须先由本人授权：PUT /v1/me/clients/{{client}}。",
)
QUOTA_SPENT = problem_type(
    "quota-spent",
    429,
    "4361",
    "All answers of the day are used up",
    "今日调用次数已用完",
    detail_en="Wait until the region's midnight, as the Retry-After header says, or ask its officers for more.",
    detail_zh="请按 Retry-After 响应头所示等待至本地区零时，或向主管部门申请提高限额。",
)
NO_PLACE = problem_type(
    "no-such-place",
    404,
    "3362",
    "This is not the code of an open place of this region",
    "不是本地区有效的场所码",
    detail_en="Scan the code at the door again; whoever runs the place registers it: POST /v1/places.",
    detail_zh="请重新扫描场所码；场所管理者请先登记场所：POST /v1/places。",
)
SEARCHER_UNVERIFIED = problem_type(
    "searcher-unverified",
    403,
    "2363",
    "The account names no verified person who acts for an authority",
    "账号未关联经核验的工作人员及其机构",
    detail_en="Sign in with an officer's own account, verified and given by an authority.",
    detail_zh="请使用由主管机构核发、经实名核验的工作人员本人账号。",
)

field_text(
    "span_of_search", "Give a span that ends after it begins, 31 days at most.", "起止时间有误，且跨度不得超过 31 天。"
)
field_text("unknown_place_area", "Give the code of an area of GB/T 2260.", "请填写 GB/T 2260 的地区代码。")
field_text(
    "scan_too_old", "What was scanned over 14 days ago is of no use any more.", "14 天以前的扫码记录已无需上报。"
)
field_text("one_of_two", "Give either a subject or a place.", "subject 与 place 须填且仅填一项。")
field_text("invalid_cursor", "Send the cursor that the last page gave as `next`.", "请使用上一页返回的 next 作为游标。")
field_text("invalid_holder_key", "Give a public key on the curve P-256.", "请提供 P-256 曲线上的公钥。")
for _reason in get_args(InvalidIdReason):
    field_text(f"id_number_{_reason}", InvalidIdNumber(_reason).en, InvalidIdNumber(_reason).zh)


@contextmanager
def as_problems() -> Iterator[None]:
    """What handlers raise, as problem documents."""
    try:
        yield
    except NotDeclared:
        raise Problem(NOT_DECLARED) from None
    except NotGuardian:
        raise Problem(NOT_GUARDIAN) from None
    except NothingToShow as refused:
        raise Problem(NOTHING_TO_SHOW, color=refused.color.value) from None
    except ListsFull:
        raise Problem(LISTS_FULL, headers={"Retry-After": "60"}) from None
    except NoSigningKey as missing:
        log.error("nothing_can_be_signed", reason=str(missing))  # noqa: TRY400 - the reason says it all
        raise Problem(NO_SIGNING_KEY, headers={"Retry-After": "60"}) from None
    except InvalidIdNumber as wrong:
        raise invalid_field(f"id_number_{wrong.reason}", pointer="#/id_number") from None


def invalid_field(code: str, *, pointer: str | None = None, parameter: str | None = None) -> Problem:
    """One wrong field as a problem."""
    return Problem(INVALID, errors=[FieldError(code, pointer=pointer, parameter=parameter)])

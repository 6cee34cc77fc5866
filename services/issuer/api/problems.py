"""The issuer's own problems, and which of them stands for what a handler raises."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import get_args

from chassis.http.problems import FieldError, Problem, problem_type
from chassis.http.standard import INVALID
from chassis.http.wording import field_text
from healthcode.identity import InvalidIdNumber, InvalidIdReason
from services.issuer.domain import NothingToShow
from services.issuer.handlers.code import NotDeclared
from services.issuer.handlers.credential import ListsFull
from services.issuer.handlers.family import NotGuardian

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
    except InvalidIdNumber as wrong:
        raise invalid_field(f"id_number_{wrong.reason}", pointer="#/id_number") from None


def invalid_field(code: str, *, pointer: str | None = None, parameter: str | None = None) -> Problem:
    """One wrong field as a problem."""
    return Problem(INVALID, errors=[FieldError(code, pointer=pointer, parameter=parameter)])

"""The problems of subscription, and which of them stands for what a handler raises."""

from collections.abc import Iterator
from contextlib import contextmanager

from chassis.http.problems import FieldError, Problem, problem_type
from chassis.http.standard import INVALID, NOT_FOUND
from chassis.http.wording import field_text
from healthcode.two_officers import NotOpen, SamePerson, UnknownProposal
from services.subscription.domain import NotNow
from services.subscription.handlers.client import AppliedBefore, UnknownClient, WrongEnd
from services.subscription.handlers.consent import NoSuchConsent, TooManyConsents, WrongUntil

NO_ACCOUNT = problem_type(
    "no-client-account",
    403,
    "2801",
    "The token was given to no client",
    "令牌未注明客户端",
    detail_en="Ask the identity provider for a client of your own, and send a token with its client_id.",
    detail_zh="请向身份认证服务申请专用客户端，并使用含有 client_id 的令牌。",
)
OFFICER_UNVERIFIED = problem_type(
    "client-officer-unverified",
    403,
    "2802",
    "The account names no verified person who acts for an authority",
    "账号未关联经核验的工作人员及其机构",
    detail_en="Sign in with an officer's own account, verified and given by an authority.",
    detail_zh="请使用由主管机构核发、经实名核验的工作人员本人账号。",
)
IDENTITY_UNVERIFIED = problem_type(
    "consent-identity-unverified",
    403,
    "2803",
    "Your identity has not been verified",
    "您的身份尚未核验",
    detail_en="Sign in with an account that is verified by an identity document.",
    detail_zh="请使用已实名核验的账号登录。",
)
SAME_PERSON = problem_type(
    "client-same-person",
    403,
    "2804",
    "Whoever proposed terms does not approve them",
    "提议人不得自行批准",
    detail_en="Another officer has to decide about this proposal.",
    detail_zh="须由另一名工作人员审批。",
)
APPLIED_BEFORE = problem_type(
    "applied-before",
    409,
    "3801",
    "This account has applied before",
    "该账号已提交过申请",
    detail_en="Read how the application stands: GET /v1/clients/own.",
    detail_zh="请查询申请状态：GET /v1/clients/own。",
)
NOT_NOW = problem_type(
    "client-not-now",
    409,
    "3802",
    "The client does not stand so that this could be done",
    "客户端当前状态不允许此操作",
    detail_en="The client is {state}. Read it again and decide anew.",
    detail_zh="客户端当前状态为 {state}。请重新查询后再作决定。",
)
NOT_OPEN = problem_type(
    "client-proposal-closed",
    409,
    "3803",
    "The proposal is decided already, or its time is over",
    "该提议已处理或已过期",
    detail_en="The proposal is {state}. Make a new one if it is still wanted.",
    detail_zh="该提议状态为 {state}。如仍需要，请重新提议。",
)
TOO_MANY_CONSENTS = problem_type(
    "too-many-consents",
    409,
    "3804",
    "You let as many see your code as one may",
    "您授权的应用数量已达上限",
    detail_en="Take back the consent to one of them first: GET /v1/me/clients lists them.",
    detail_zh="请先撤回其中一项授权：GET /v1/me/clients 可查询全部授权。",
)

field_text("end_of_grant", "Give an end in the future, a year away at most.", "截止时间须在将来，且不超过一年。")
field_text("end_of_consent", "Give an end in the future, a year away at most.", "截止时间须在将来，且不超过一年。")


@contextmanager
def as_problems() -> Iterator[None]:
    """What handlers raise, as problem documents."""
    try:
        yield
    except (UnknownClient, UnknownProposal, NoSuchConsent):
        raise Problem(NOT_FOUND) from None
    except AppliedBefore:
        raise Problem(APPLIED_BEFORE) from None
    except SamePerson:
        raise Problem(SAME_PERSON) from None
    except NotNow as standing:
        raise Problem(NOT_NOW, state=standing.state.value) from None
    except NotOpen as closed:
        raise Problem(NOT_OPEN, state=closed.state.value) from None
    except TooManyConsents:
        raise Problem(TOO_MANY_CONSENTS) from None
    except WrongEnd:
        raise Problem(INVALID, errors=[FieldError("end_of_grant", pointer="#/expires_at")]) from None
    except WrongUntil:
        raise Problem(INVALID, errors=[FieldError("end_of_consent", pointer="#/until")]) from None

"""What officers are told who may not, or cannot, do something with a key."""

from collections.abc import Iterator
from contextlib import contextmanager

from chassis.http.problems import Problem, problem_type
from chassis.http.standard import NOT_FOUND
from healthcode.two_officers import NotOpen, SamePerson, UnknownProposal
from services.issuer.handlers.key_change import NoSuchKey

OFFICER_UNVERIFIED = problem_type(
    "key-officer-unverified",
    403,
    "2302",
    "The account names no verified person who acts for an authority",
    "账号未关联经核验的工作人员及其机构",
    detail_en="Sign in with an officer's own account, verified and given by an authority.",
    detail_zh="请使用由主管机构核发、经实名核验的工作人员本人账号。",
)
SAME_PERSON = problem_type(
    "key-same-person",
    403,
    "2303",
    "Whoever proposed a change of keys does not approve it",
    "提议人不得自行批准密钥变更",
    detail_en="Another officer of your authority has to decide about this proposal.",
    detail_zh="须由本机构另一名工作人员审批。",
)
NO_SUCH_KEY = problem_type(
    "no-such-key",
    409,
    "3304",
    "The region has no such key to revoke",
    "本地区没有可吊销的该密钥",
    detail_en="GET /v1/keys lists the keys; this one is not among them, or is revoked already.",
    detail_zh="GET /v1/keys 可列出密钥；该密钥不在其中，或已被吊销。",
)
KEY_CHANGE_CLOSED = problem_type(
    "key-change-closed",
    409,
    "3305",
    "The proposal is decided already, or its time is over",
    "该提议已处理或已过期",
    detail_en="The proposal is {state}. Make a new one if it is still wanted.",
    detail_zh="该提议状态为 {state}。如仍需要，请重新提议。",
)


@contextmanager
def as_problems() -> Iterator[None]:
    """What handlers raise, as problem documents."""
    try:
        yield
    except NoSuchKey:
        raise Problem(NO_SUCH_KEY) from None
    except SamePerson:
        raise Problem(SAME_PERSON) from None
    except NotOpen as closed:
        raise Problem(KEY_CHANGE_CLOSED, state=closed.state.value) from None
    except UnknownProposal:
        raise Problem(NOT_FOUND) from None

"""Signing in at the demo's identity provider: a code is good once, for a minute, for the browser that asked."""

import base64
import hashlib

import pytest

from demo.signin import CODE_SECONDS, MOST_CODES, ROLES, SignIns, claims_of
from healthcode.identity import normalise_id
from healthcode.values import IdType

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
BACK = "http://127.0.0.1:8330/app/"
ASKED = {"client_id": "portal-330000", "redirect_uri": BACK, "state": "s" * 43, "code_challenge": CHALLENGE}


@pytest.mark.parametrize("role", [role.key for role in ROLES])
@pytest.mark.parametrize("region", ["330000", "420000", "100000"])
def test_everybody_can_be_somebody_there(role: str, region: str) -> None:
    claims = claims_of(role, region)
    assert claims["roles"]
    if claims["roles"] == ["citizen"]:
        assert normalise_id(IdType.RESIDENT_ID, claims["id_number"]) == claims["id_number"]
    else:
        assert claims["region"] == region


def test_two_officers_are_two_persons() -> None:
    one, two = claims_of("officer-1", "330000"), claims_of("officer-2", "330000")
    assert one["person"] != two["person"]


def test_a_code_is_good_once_for_whoever_asked() -> None:
    sign_ins = SignIns()
    code = sign_ins.grant("checkpoint", ASKED)
    assert sign_ins.redeem(code, VERIFIER, BACK) == claims_of("checkpoint", "330000")
    assert sign_ins.redeem(code, VERIFIER, BACK) is None
    assert sign_ins.redeem(sign_ins.grant("checkpoint", ASKED), "w" * 43, BACK) is None
    assert sign_ins.redeem(sign_ins.grant("checkpoint", ASKED), VERIFIER, BACK + "console") is None


def test_a_code_ends_and_there_are_never_too_many() -> None:
    now = 0.0
    sign_ins = SignIns(lambda: now)
    first = sign_ins.grant("checkpoint", ASKED)
    late = sign_ins.grant("checkpoint", ASKED)
    now = CODE_SECONDS + 1.0
    assert sign_ins.redeem(late, VERIFIER, BACK) is None
    for _ in range(MOST_CODES):
        sign_ins.grant("checkpoint", ASKED)
    assert sign_ins.redeem(first, VERIFIER, BACK) is None

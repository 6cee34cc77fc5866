"""A credential's claims as the CWT map that is signed (RFC 8392), and back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from healthcode.credential.claims import Claims, CredentialKind, StatusReference
from healthcode.values import Status

# Claim keys: RFC 8392, RFC 8747 (cnf), OAuth Token Status List, and HCERT's container claim.
ISS: Final = 1
EXP: Final = 4
IAT: Final = 6
CTI: Final = 7
CNF: Final = 8
STATUS_LIST: Final = 65535
HCERT: Final = -260
# Our key within HCERT, named after GB/T 38962, the data format of health codes; 1 is the EU's and stays theirs.
HEALTH_CODE: Final = 38962
# Keys of the map under it.
STATUS: Final = 1
SINCE: Final = 2
UNTIL: Final = 3
REGION: Final = 4
KIND: Final = 5
MASKED_NAME: Final = 6
ID_TAIL: Final = 7
# COSE_Key of an elliptic curve (RFC 9053): key type, curve, coordinates.
_COSE_KEY: Final = 1
_KTY: Final = 1
_CRV: Final = -1
_X: Final = -2
_Y: Final = -3
_EC2: Final = 2
_P256: Final = 1


_UNCOMPRESSED: Final = b"\x04"
_COORDINATE_BYTES: Final = 32
_KIND_CODES: Final = {CredentialKind.APP: 0, CredentialKind.PAPER: 1}
_KINDS: Final = {code: kind for kind, code in _KIND_CODES.items()}

T = TypeVar("T")


def to_cwt(claims: Claims) -> dict[int, Any]:
    """Return the claims as the map that is signed; what is None is left out."""
    own: dict[int, Any] = {
        STATUS: claims.status.value,
        SINCE: _seconds(claims.since),
        UNTIL: None if claims.until is None else _seconds(claims.until),
        REGION: claims.region,
        KIND: _KIND_CODES[claims.kind],
        MASKED_NAME: claims.masked_name,
        ID_TAIL: claims.id_tail,
    }
    cwt: dict[int, Any] = {
        ISS: claims.issuer,
        EXP: _seconds(claims.expires_at),
        IAT: _seconds(claims.issued_at),
        CTI: claims.credential_id,
        CNF: None if claims.holder_key is None else {_COSE_KEY: _cose_key(claims.holder_key)},
        STATUS_LIST: _status_claim(claims.status_list),
        HCERT: {HEALTH_CODE: _without_none(own)},
    }
    return _without_none(cwt)


def from_cwt(cwt: Mapping[Any, Any]) -> Claims:
    """Read the claims of a decoded map; unknown keys are ignored, for later versions add some.

    Raises ValueError, also for a known claim of a wrong type or a required one that is missing.
    """
    own = _get(_get(cwt, HCERT, dict), HEALTH_CODE, dict)
    until = _optional(own, UNTIL, int)
    return Claims(
        issuer=_get(cwt, ISS, str),
        issued_at=_time(_get(cwt, IAT, int)),
        expires_at=_time(_get(cwt, EXP, int)),
        credential_id=_get(cwt, CTI, bytes),
        status=Status(_get(own, STATUS, str)),
        since=_time(_get(own, SINCE, int)),
        until=None if until is None else _time(until),
        region=_get(own, REGION, str),
        kind=_kind(_get(own, KIND, int)),
        status_list=_status_reference(_optional(cwt, STATUS_LIST, dict)),
        holder_key=_holder_key(_optional(cwt, CNF, dict)),
        masked_name=_optional(own, MASKED_NAME, str),
        id_tail=_optional(own, ID_TAIL, str),
    )


def _get(source: Mapping[Any, Any], key: int | str, kind: type[T]) -> T:
    value = source.get(key)
    # bool is a kind of int to Python, and not to CBOR.
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"claim {key} is missing or no {kind.__name__}")  # noqa: TRY004 - one error for all bad claims
    return value


def _optional(source: Mapping[Any, Any], key: int | str, kind: type[T]) -> T | None:
    return _get(source, key, kind) if key in source else None


def _without_none(source: dict[int, Any]) -> dict[int, Any]:
    return {key: value for key, value in source.items() if value is not None}


def _seconds(time: datetime) -> int:
    return int(time.timestamp())


def _time(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("a time is out of bounds") from error


def _kind(code: int) -> CredentialKind:
    if code not in _KINDS:
        raise ValueError("no such kind of credential")
    return _KINDS[code]


def _status_claim(reference: StatusReference | None) -> dict[str, Any] | None:
    return None if reference is None else {"status_list": {"idx": reference.index, "uri": reference.list_id}}


def _status_reference(claim: Mapping[Any, Any] | None) -> StatusReference | None:
    if claim is None:
        return None
    entry = _get(claim, "status_list", dict)
    return StatusReference(_get(entry, "idx", int), _get(entry, "uri", str))


def _cose_key(point: bytes) -> dict[int, Any]:
    x, y = point[1 : 1 + _COORDINATE_BYTES], point[1 + _COORDINATE_BYTES :]
    return {_KTY: _EC2, _CRV: _P256, _X: x, _Y: y}


def _holder_key(cnf: Mapping[Any, Any] | None) -> bytes | None:
    if cnf is None:
        return None
    key = _get(cnf, _COSE_KEY, dict)
    x, y = _get(key, _X, bytes), _get(key, _Y, bytes)
    curve = (_get(key, _KTY, int), _get(key, _CRV, int))
    if curve != (_EC2, _P256) or len(x) != _COORDINATE_BYTES or len(y) != _COORDINATE_BYTES:
        raise ValueError("a holder key is a P-256 point")
    return _UNCOMPRESSED + x + y

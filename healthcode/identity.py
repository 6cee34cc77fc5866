"""Identity documents: are their numbers well formed, and the one way to write each, so that a person has one number."""

import re
import unicodedata
from datetime import date
from typing import Final, Literal, TypeAlias

from healthcode import areas
from healthcode.values import IdType, Lang

InvalidIdReason: TypeAlias = Literal["empty", "old_form", "pattern", "area", "birth_date", "check_digit"]

# [0-9] and not \d, which would also take the digits of other scripts.
_OLD_FORM: Final = re.compile(r"[0-9]{15}")
_CITIZEN_FORM: Final = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS: Final = tuple(2 ** (17 - place) % 11 for place in range(17))
_CHECKS: Final = "10X98765432"
_EARLIEST_BIRTH: Final = date(1860, 1, 1)
# What the number of a residence permit for residents of Hong Kong, Macao and Taiwan begins with.
_HMT_PREFIXES: Final = frozenset({"810000", "820000", "830000"})

# Deliberately loose where issuers differ: a refused true document locks a person out, a false one is caught elsewhere.
_PATTERNS: Final = {
    IdType.HK_MACAO_PERMIT: re.compile(r"[HM]([0-9]{8}|[0-9]{10})"),
    IdType.TAIWAN_PERMIT: re.compile(r"[0-9]{8}|[0-9]{10}"),
    IdType.FOREIGN_RESIDENCE: re.compile(r"[A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X]"),
    IdType.PASSPORT: re.compile(r"[A-Z0-9]{5,15}"),
    IdType.BIRTH_CERTIFICATE: re.compile(r"[A-Z][0-9]{9}"),
    IdType.OTHER: re.compile(r"[A-Z0-9]{4,32}"),
}
# How much of a travel permit's number belongs to its holder for life.
_LIFELONG: Final = {IdType.HK_MACAO_PERMIT: 9, IdType.TAIWAN_PERMIT: 8}
_SEPARATORS: Final = re.compile(r"[\s()\u2010-\u2015-]+")

_MESSAGES: Final[dict[InvalidIdReason, tuple[str, str]]] = {
    "empty": ("请填写证件号码。", "Enter the number of the document."),
    "old_form": (
        "15 位身份证号码已停用，请填写新证件上的 18 位号码。",
        "Numbers of 15 digits are no longer in use: enter the 18 characters on the current identity card.",
    ),
    "pattern": (
        "证件号码的格式不对，请核对证件类型和号码。",
        "The number does not have the form of this document: check the kind of document and the number.",
    ),
    "area": ("号码前六位不是有效的地区代码，请核对。", "The first six digits are not the code of an area: check them."),
    "birth_date": (
        "号码中的出生日期无效，请核对第 7 至 14 位。",
        "The date of birth in the number is not valid: check digits 7 to 14.",
    ),
    "check_digit": (
        "号码与其最后一位校验码不符，请逐位核对。",
        "The number does not agree with its last, check character: compare it with the document.",
    ),
}


class InvalidIdNumber(ValueError):  # noqa: N818 - named for what is wrong
    """A document number that cannot be right. It never carries the number: errors end up in logs."""

    def __init__(self, reason: InvalidIdReason) -> None:
        self.reason = reason
        self.zh, self.en = _MESSAGES[reason]
        super().__init__(f"{reason}: {self.en} / {self.zh}")

    def message(self, lang: Lang) -> str:
        """Return what the person should do, in a language."""
        return self.zh if lang == "zh" else self.en


def normalise_id(id_type: IdType, number: str) -> str:
    """Return the one way to write a document number: half-width upper case, no separators, no count of reissues.

    Resident identity cards and residence permits are checked by GB 11643-1999, the rest by form.
    Raises InvalidIdNumber.
    """
    plain = _fold(number)
    if not plain:
        raise InvalidIdNumber("empty")
    if id_type in (IdType.RESIDENT_ID, IdType.HMT_RESIDENCE):
        _check_citizen_number(plain, hmt=id_type is IdType.HMT_RESIDENCE)
    elif _PATTERNS[id_type].fullmatch(plain) is None:
        raise InvalidIdNumber("pattern")
    elif id_type is IdType.FOREIGN_RESIDENCE and len(plain) == 18 and check_digit(plain[:17]) != plain[17]:
        raise InvalidIdNumber("check_digit")
    # The last two of the longer permit numbers count reissues: without them a person stays one after a renewal.
    return plain[: _LIFELONG.get(id_type)]


def check_digit(first17: str) -> str:
    """Return the check character of a citizen number by ISO 7064 MOD 11-2: "0" to "9" or "X".

    Raises ValueError unless given 17 digits.
    """
    if re.fullmatch(r"[0-9]{17}", first17) is None:
        raise ValueError("a check digit is made of exactly 17 digits")
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def _fold(number: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", number)).upper()


def _check_citizen_number(plain: str, *, hmt: bool) -> None:
    if _OLD_FORM.fullmatch(plain):
        raise InvalidIdNumber("old_form")
    if not _CITIZEN_FORM.fullmatch(plain):
        raise InvalidIdNumber("pattern")
    # Only the province can be checked: numbers keep the county of their issue, and counties are abolished and renamed.
    if not (plain[:6] in _HMT_PREFIXES if hmt else areas.is_known(plain[:2] + "0000")):
        raise InvalidIdNumber("area")
    if birth_date(plain) < _EARLIEST_BIRTH:
        raise InvalidIdNumber("birth_date")
    if check_digit(plain[:17]) != plain[17]:
        raise InvalidIdNumber("check_digit")


def birth_date(citizen_number: str) -> date:
    """Return the date of birth in a normalised number of 18 characters.

    Raises InvalidIdNumber with "birth_date".
    """
    try:
        return date(int(citizen_number[6:10]), int(citizen_number[10:12]), int(citizen_number[12:14]))
    except ValueError:
        raise InvalidIdNumber("birth_date") from None


def mask(name: str) -> str:
    """Return a name with all but its first character hidden: 王小明 becomes 王**, Jane Doe J*******, 李 just *."""
    plain = " ".join(name.split())
    shown = plain[: len(plain) > 1]
    return shown + "*" * (len(plain) - len(shown))

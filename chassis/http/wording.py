"""The words of problem documents, in Chinese and English."""

from collections.abc import Mapping
from typing import Any, Literal

Language = Literal["en", "zh"]

_FIELD_TEXTS: dict[str, dict[Language, str]] = {}
_FALLBACK = "invalid"


def field_text(code: str, en: str, zh: str) -> None:
    """Declare what people read for a field error of this code; the texts may hold `{names}` of its params.

    Raises ValueError when the code already has another text.
    """
    texts: dict[Language, str] = {"en": en, "zh": zh}
    if _FIELD_TEXTS.setdefault(code, texts) != texts:
        raise ValueError(f"the field error {code} already has another text")


def field_detail(code: str, params: Mapping[str, Any], language: Language) -> str:
    """What is wrong with a field, in one sentence; a code without a text gets a general one."""
    return fill(_FIELD_TEXTS.get(code, _FIELD_TEXTS[_FALLBACK])[language], params)


def fill(text: str, params: Mapping[str, Any]) -> str:
    """The text with its `{names}` filled; a text whose names are not all given stays readable."""
    try:
        return text.format_map(params)
    except (KeyError, IndexError, ValueError):
        return text.replace("{", "").replace("}", "")


def language_of(accept_language: str) -> Language:
    """The language that an Accept-Language header prefers; English when it names neither."""
    best: tuple[float, Language] = (0.0, "en")
    for part in accept_language.lower().split(","):
        tag, _, weight = part.strip().partition(";")
        primary = tag.strip().split("-")[0]
        quality = _quality(weight)
        if primary in ("en", "zh") and quality > best[0]:
            best = (quality, "zh" if primary == "zh" else "en")
    return best[1]


def _quality(weight: str) -> float:
    if not weight:
        return 1.0
    name, _, value = weight.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


for _row in (
    ("impossible_time", "Name a time between the years 1900 and 2999.", "时间须在 1900 年至 2999 年之间。"),
    ("invalid", "This value is not accepted.", "该值不被接受。"),
    ("missing", "This is required.", "此项为必填。"),
    ("extra_forbidden", "There is no such field; leave it out.", "没有此字段，请删除。"),
    ("string_type", "Give a text.", "请填写文本。"),
    ("control_character", "Leave out control characters.", "请删除控制字符。"),
    ("string_too_short", "Give at least {min_length} characters.", "至少 {min_length} 个字符。"),
    ("string_too_long", "Give at most {max_length} characters.", "最多 {max_length} 个字符。"),
    ("string_pattern_mismatch", "This does not have the expected form.", "格式不正确。"),
    ("too_short", "Give at least {min_length} entries.", "至少 {min_length} 项。"),
    ("too_long", "Give at most {max_length} entries.", "最多 {max_length} 项。"),
    ("literal_error", "Give one of {expected}.", "请选择 {expected} 之一。"),
    ("enum", "Give one of {expected}.", "请选择 {expected} 之一。"),
    ("int_type", "Give a whole number.", "请填写整数。"),
    ("int_parsing", "Give a whole number.", "请填写整数。"),
    ("int_from_float", "Give a whole number.", "请填写整数。"),
    ("float_type", "Give a number.", "请填写数字。"),
    ("float_parsing", "Give a number.", "请填写数字。"),
    ("finite_number", "Give a finite number.", "请填写有限的数字。"),
    ("bool_type", "Give true or false.", "请填写 true 或 false。"),
    ("bool_parsing", "Give true or false.", "请填写 true 或 false。"),
    ("list_type", "Give a list.", "请填写列表。"),
    ("dict_type", "Give an object.", "请填写对象。"),
    ("model_type", "Give an object.", "请填写对象。"),
    ("model_attributes_type", "Give an object.", "请填写对象。"),
    ("greater_than", "Give more than {gt}.", "须大于 {gt}。"),
    ("greater_than_equal", "Give {ge} or more.", "须不小于 {ge}。"),
    ("less_than", "Give less than {lt}.", "须小于 {lt}。"),
    ("less_than_equal", "Give {le} or less.", "须不大于 {le}。"),
    ("date_type", "Give a date as 2020-02-11.", "请按 2020-02-11 的格式填写日期。"),
    ("date_parsing", "Give a date as 2020-02-11.", "请按 2020-02-11 的格式填写日期。"),
    ("date_from_datetime_parsing", "Give a date as 2020-02-11.", "请按 2020-02-11 的格式填写日期。"),
    (
        "datetime_type",
        "Give a time as 2020-02-11T08:00:00+08:00.",
        "请按 2020-02-11T08:00:00+08:00 的格式填写时间。",
    ),
    (
        "datetime_parsing",
        "Give a time as 2020-02-11T08:00:00+08:00.",
        "请按 2020-02-11T08:00:00+08:00 的格式填写时间。",
    ),
    (
        "datetime_from_date_parsing",
        "Give a time as 2020-02-11T08:00:00+08:00.",
        "请按 2020-02-11T08:00:00+08:00 的格式填写时间。",
    ),
    ("timezone_aware", "Give the time zone, as +08:00.", "请注明时区，如 +08:00。"),
    ("uuid_parsing", "Give a UUID.", "请填写 UUID。"),
    ("uuid_type", "Give a UUID.", "请填写 UUID。"),
    ("union_tag_not_found", "Say which kind this is.", "请注明类型。"),
    ("union_tag_invalid", "Give one of {expected_tags}.", "请选择 {expected_tags} 之一。"),
):
    field_text(*_row)

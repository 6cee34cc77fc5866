"""The value sets that all parts, regions and integrators share: stable codes with Chinese and English names."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, Literal, Self, TypeAlias

Lang: TypeAlias = Literal["zh", "en"]

# Degrees Celsius. A reading outside the bounds is a slip of typing or of the thermometer, not a temperature.
TEMPERATURE_MIN: Final = 34.0
TEMPERATURE_MAX: Final = 43.0
# A reading of this or more is fever (National Health Commission, COVID-19 prevention and control plan, 2020).
FEVER_FROM: Final = 37.3


class Coded(StrEnum):
    """A value set: the member's value is the code that is written, its names are for people."""

    _value_: str
    zh: str
    en: str

    def __new__(cls, code: str, zh: str = "", en: str = "") -> Self:
        """Make a member of its code and its two names; only a look-up, `Color("red")`, goes without names."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.zh = zh
        member.en = en
        return member


def label(member: Coded, lang: Lang) -> str:
    """Return the name of a value in a language, for people to read."""
    return member.zh if lang == "zh" else member.en


class Color(Coded):
    """The state of a code as a person sees it."""

    PENDING = "pending", "待审核", "pending"
    GREEN = "green", "绿码", "green"
    YELLOW = "yellow", "黄码", "yellow"
    RED = "red", "红码", "red"
    GREY = "grey", "灰码（已过期）", "grey (expired)"
    CANCELLED = "cancelled", "已注销", "cancelled"


_STRICTNESS: Final = {Color.PENDING: 0, Color.GREEN: 1, Color.YELLOW: 2, Color.RED: 3}


def strictness(color: Color) -> int:
    """Return the place of a color in pending < green < yellow < red.

    Raises ValueError for grey and cancelled: they say that no judgement stands, so they are neither strict nor lax.
    """
    try:
        return _STRICTNESS[color]
    except KeyError:
        raise ValueError(f"{color} has no strictness: only pending, green, yellow and red do") from None


def strictest(colors: Iterable[Color]) -> Color:
    """Return the strictest of some colors; of none, pending, for there is no color without evidence.

    Raises ValueError as `strictness` does.
    """
    return max(colors, key=strictness, default=Color.PENDING)


class Status(Coded):
    """The state of a code in the national schema, the common tongue of all regions."""

    LOW = "00", "低风险（绿）", "low risk (green)"
    MEDIUM = "01", "中风险（黄）", "medium risk (yellow)"
    HIGH = "10", "高风险（红）", "high risk (red)"
    GREY = "grey", "未评定（灰）", "not judged (grey)"
    EXPIRED = "expired", "已过期", "expired"
    UNKNOWN = "unknown", "未知", "unknown"


class Level(Coded):
    """The risk level of an area."""

    LOW = "low", "低风险", "low risk"
    MEDIUM = "medium", "中风险", "medium risk"
    HIGH = "high", "高风险", "high risk"


class Category(Coded):
    """Why a person is on a control list."""

    CONFIRMED = "confirmed", "确诊病例", "confirmed case"
    CLINICAL = "clinical", "临床诊断病例", "clinically diagnosed case"  # Hubei, February 2020
    SUSPECTED = "suspected", "疑似病例", "suspected case"
    ASYMPTOMATIC = "asymptomatic", "无症状感染者", "asymptomatic infection"
    CLOSE_CONTACT = "close_contact", "密切接触者", "close contact"
    SECONDARY_CONTACT = "secondary_contact", "密接的密接", "contact of a close contact"
    DISCHARGED = "discharged", "出院随访人员", "discharged, in follow-up"
    FEVER_CLINIC = "fever_clinic", "发热门诊患者", "fever-clinic patient"
    ISOLATED = "isolated", "隔离医学观察人员", "isolated for medical observation"
    INBOUND = "inbound", "境外入境人员", "arrived from abroad"
    SPACE_TIME_COMPANION = "space_time_companion", "时空伴随人员", "space-time companion"
    CO_INVESTIGATION = "co_investigation", "协查人员", "person in a co-investigation"
    TEST_REFUSED = "test_refused", "应检未检人员", "test refused or missed"


class Symptom(Coded):
    """What a person feels, as declared in the health information of GB/T 38962-2020."""

    NONE = "none", "无症状", "none"
    FEVER = "fever", "发热", "fever"
    COUGH = "cough", "咳嗽", "cough"
    FATIGUE = "fatigue", "乏力", "fatigue"
    DYSPNOEA = "dyspnoea", "呼吸困难", "difficulty breathing"
    CHEST_TIGHTNESS = "chest_tightness", "胸闷", "chest tightness"
    SORE_THROAT = "sore_throat", "咽痛", "sore throat"
    NASAL_CONGESTION = "nasal_congestion", "鼻塞", "nasal congestion"
    RUNNY_NOSE = "runny_nose", "流涕", "runny nose"
    DIARRHOEA = "diarrhoea", "腹泻", "diarrhoea"
    NAUSEA = "nausea", "恶心呕吐", "nausea or vomiting"
    HEADACHE = "headache", "头痛", "headache"
    MUSCLE_ACHE = "muscle_ache", "肌肉酸痛", "muscle ache"
    CONJUNCTIVITIS = "conjunctivitis", "结膜炎", "conjunctivitis"
    LOSS_OF_SMELL_OR_TASTE = "loss_of_smell_or_taste", "嗅觉或味觉减退", "loss of smell or taste"
    OTHER = "other", "其他", "other"


class IdType(Coded):
    """The kind of document that says who a person is."""

    RESIDENT_ID = "resident_id", "居民身份证", "resident identity card"
    HMT_RESIDENCE = "hmt_residence", "港澳台居民居住证", "residence permit for Hong Kong, Macao and Taiwan residents"
    HK_MACAO_PERMIT = "hk_macao_permit", "港澳居民来往内地通行证", "mainland travel permit, Hong Kong and Macao"
    TAIWAN_PERMIT = "taiwan_permit", "台湾居民来往大陆通行证", "mainland travel permit, Taiwan"
    FOREIGN_RESIDENCE = "foreign_residence", "外国人永久居留身份证", "foreign permanent resident identity card"
    PASSPORT = "passport", "护照", "passport"
    BIRTH_CERTIFICATE = "birth_certificate", "出生医学证明", "medical certificate of birth"
    OTHER = "other", "其他证件", "other document"


class Attestation(Coded):
    """Who vouches for a declaration."""

    SELF = "self", "本人申报", "declared by the person"
    GUARDIAN = "guardian", "监护人代报", "declared by a registered guardian"
    COUNTER = "counter", "窗口核验证件后代报", "declared at a counter, document seen"
    OTHER = "other", "他人代报，待本人确认", "declared by another, to be confirmed"


class Act(Coded):
    """What a person may or must do; which color implies which act is each policy's own data."""

    MAY_ENTER = "may_enter", "可通行", "may enter"
    HEALTH_MONITORING = "health_monitoring", "健康监测", "monitor your health"
    HOME_ISOLATION = "home_isolation", "居家隔离", "isolate at home"
    CENTRAL_ISOLATION = "central_isolation", "集中隔离", "isolate at a designated place"
    MEDICAL_CARE = "medical_care", "就医", "seek medical care"
    TAKE_TEST = "take_test", "进行检测", "take a test"
    DECLARE = "declare", "进行健康申报", "declare your health"


class CorrectionCategory(Coded):
    """What a person says is wrong with a fact."""

    NOT_ME = "not_me", "不是本人", "it is about somebody else"
    WRONG = "wrong", "内容有误", "what it says is wrong"
    OUTDATED = "outdated", "已解除或已过期", "it has ended"
    NOT_THERE = "not_there", "未到过该地", "I was not there"
    OTHER = "other", "其他", "something else"


class TestKind(Coded):
    """The kind of a test."""

    __test__ = False  # the name is no test case of pytest's

    PCR = "pcr", "核酸检测", "nucleic acid test (PCR)"
    ANTIGEN = "antigen", "抗原检测", "antigen test"
    ANTIBODY = "antibody", "抗体检测", "antibody test"


class TestResult(Coded):
    """The result of a test."""

    __test__ = False  # as above

    NEGATIVE = "negative", "阴性", "negative"
    POSITIVE = "positive", "阳性", "positive"
    INCONCLUSIVE = "inconclusive", "结果不确定", "inconclusive"


class Way(Coded):
    """How two regions recognise each other's codes (the three national ways of 2020)."""

    SHARE = "share", "方式一：数据共享", "way 1: share data"
    CONVERT = "convert", "方式二：经国家码转换", "way 2: convert through the national code"
    ADOPT = "adopt", "方式三：直接采用国家码", "way 3: adopt the national code"


class Purpose(Coded):
    """What a region watches a person of another one for."""

    TRIP = "trip", "本人申报行程", "a trip that was declared"
    SCAN = "scan", "卡口扫码", "a code scanned at a checkpoint"
    LATE = "late", "离线扫码后补报", "a code checked offline and reported later"
    REGISTRATION = "registration", "住宿、单位等登记", "a registration, as at a hotel or a workplace"


class EvidenceClass(Coded):
    """The strongest kind of evidence behind a color: what another region needs to translate it."""

    LISTED = "listed", "列入管控名单", "on a control list"
    CONTACT = "contact", "接触史", "contact"
    TRAVELLED = "travelled", "旅居史", "stay or travel"
    SYMPTOMATIC = "symptomatic", "有症状", "symptoms"
    SELF_REPORTED = "self_reported", "本人申报", "own declaration"
    NONE = "none", "无", "none"


class AlarmKind(Coded):
    """What an alarm of oversight is about."""

    BULK_RECOLORING = "bulk_recoloring", "批量变色", "bulk recoloring"
    SILENT_SOURCE = "silent_source", "来源中断", "silent source"
    UNUSUAL_RULE = "unusual_rule", "规则占比异常", "unusual share of a rule"
    BY_HAND = "by_hand", "人工决定", "decisions by hand"


class AlarmState(Coded):
    """Whether what an alarm is about still goes on."""

    OPEN = "open", "未解除", "open"
    CLEARED = "cleared", "已解除", "cleared"


class Scope(Coded):
    """What a client may do with codes."""

    VERIFY = "codes.verify", "核验健康码", "verify codes that are shown"
    READ = "codes.read", "查询授权人员的健康码", "read the codes of people who agreed"
    FOLLOW = "codes.follow", "订阅授权人员的健康码变化", "be told of every change of theirs"
    PLACES = "places.register", "登记场所", "register places that people check in at"


class ClientState(Coded):
    """How an application to use codes stands."""

    APPLIED = "applied", "待审批", "applied"
    OPENING = "opening", "已批准，正在开通", "granted, being opened"
    ACTIVE = "active", "已开通", "active"
    SUSPENDED = "suspended", "已暂停", "suspended"
    EXPIRED = "expired", "已到期", "expired"
    REVOKED = "revoked", "已撤销", "revoked"


class Shared(Coded):
    """Why a client is told of a code."""

    SNAPSHOT = "snapshot", "当前状态", "as it stands"
    CHANGED = "changed", "变化", "it changed"
    ENDED = "ended", "授权结束", "the person lets it see it no more"

"""What may be wrong with an entry, in the words that officers read."""

from collections.abc import Sequence
from typing import Final, get_args

import msgspec

from chassis.http.problems import FieldError, Problem, problem_type
from chassis.http.standard import INVALID
from chassis.http.wording import field_text
from healthcode.identity import InvalidIdNumber, InvalidIdReason
from services.audit.ports.entry import Fault
from services.audit.ports.policy import Problem as PackProblem

NO_AUTHORITY: Final = problem_type(
    "no-authority",
    403,
    "2201",
    "The account belongs to no authority",
    "该账号未隶属任何机构",
    detail_en="Every entry needs an authority that answers for it: use an account that names one.",
    detail_zh="每一条记录都须有负责机构，请使用注明所属机构的账号。",
)
ENTRY_CONFLICT: Final = problem_type(
    "entry-conflict",
    409,
    "3201",
    "The entry does not fit those that stand",
    "该记录与现有记录冲突",
    detail_en="Change or withdraw the entry that stands, or correct the fields listed under errors.",
    detail_zh="请修改或撤回现有记录，或更正 errors 中所列字段。",
)
BAD_BULK: Final = problem_type(
    "bad-bulk",
    422,
    "1201",
    "The lines cannot be read",
    "无法读取所提交的各行",
    detail_en="Send UTF-8 lines: JSON objects (application/x-ndjson), or CSV with a header (text/csv); {most} at most.",
    detail_zh=(
        "请以 UTF-8 按行提交：每行一个 JSON 对象（application/x-ndjson），或含表头的 CSV（text/csv）；最多 {most} 行。"
    ),
)
OFFICER_UNVERIFIED: Final = problem_type(
    "officer-unverified",
    403,
    "2202",
    "The account names no verified person",
    "该账号未关联经核验的本人",
    detail_en="What takes two officers takes two persons: use an account whose holder has been verified.",
    detail_zh="双人复核须由两名不同的本人办理，请使用已核验本人身份的账号。",
)
SAME_PERSON: Final = problem_type(
    "same-person",
    403,
    "2203",
    "Who proposed it cannot approve it",
    "提出人不得自行批准",
    detail_en="Another officer of the authority has to look at it; you may still take it back by a rejection.",
    detail_zh="须由本机构另一名工作人员复核；您仍可通过驳回撤回该提议。",
)
NOT_OPEN: Final = problem_type(
    "proposal-not-open",
    409,
    "3202",
    "The proposal is not open any more",
    "该提议已结束",
    detail_en="It is {state}. Propose it again if it is still wanted.",
    detail_zh="当前状态为 {state}。如仍需要，请重新提出。",
)
CORRECTION_SETTLED: Final = problem_type(
    "correction-settled",
    409,
    "3203",
    "The correction has been answered already",
    "该纠错申请已答复",
    detail_en="An answer stands; the person may contest the fact again.",
    detail_zh="已有答复；本人可再次提出纠错申请。",
)
NOT_KEPT: Final = problem_type(
    "finding-not-kept",
    410,
    "3204",
    "Findings of that time are not kept any more",
    "该时间的评定结果已不再保存",
    detail_en="This region keeps findings for {days} days. Ask for a time after {since}.",
    detail_zh="本地区评定结果保存 {days} 天，请查询 {since} 之后的时间。",
)
NONE_THEN: Final = problem_type(
    "no-finding-then",
    404,
    "3205",
    "Nothing is on record of that time",
    "该时间没有评定记录",
    detail_en="By then nothing had been concluded of this person, or not under this name. Leave `at` out for today.",
    detail_zh="截至该时间尚无此人的评定结果。如需查询当前结果，请省略 at。",
)
NOT_SEALED: Final = problem_type(
    "not-sealed",
    404,
    "3206",
    "The day is not sealed yet",
    "该日记录尚未封存",
    detail_en="A day is sealed about an hour after it has ended. Ask again then.",
    detail_zh="每日记录在当日结束约一小时后封存，请届时再查询。",
)
BAD_PACK: Final = problem_type(
    "bad-policy",
    422,
    "1203",
    "The policy pack is not right",
    "策略包有误",
    detail_en="Correct the lines listed under errors; POST /v1/policies/check tries a pack and changes nothing.",
    detail_zh="请更正 errors 中所列各行；可用 POST /v1/policies/check 先行检查，不会改动任何内容。",
)
SIMULATION_RUNNING: Final = problem_type(
    "simulation-running",
    409,
    "3207",
    "Another simulation runs",
    "已有模拟正在进行",
    detail_en="One runs at a time: wait for {simulation} to end, or cancel it.",
    detail_zh="同一时间只能进行一项模拟：请等待 {simulation} 结束，或先取消。",
)
COMPARING: Final = problem_type(
    "comparison-busy",
    429,
    "4201",
    "Two policies are being compared already",
    "正在比较另外两项策略",
    detail_en="One comparison runs at a time and takes seconds: try again after that.",
    detail_zh="同一时间只能进行一项比较，通常数秒即可完成，请稍后重试。",
)
IDENTITY_UNVERIFIED: Final = problem_type(
    "identity-unverified",
    403,
    "2301",
    "Your identity has not been verified",
    "您的身份尚未核验",
    detail_en="Sign in with an account that is verified by an identity document, or go to a counter.",
    detail_zh="请使用已实名核验的账号登录，或前往服务窗口办理。",
)
CONFLICTS: Final = frozenset({"overlap", "revision_taken", "other_owner", "migration_runs", "migration_not_ready"})

for _row in (
    ("unknown_area", "There is no such area: give its GB/T 2260 code.", "没有此地区，请填写 GB/T 2260 行政区划代码。"),
    ("impossible_date", "This date is too far away to be right.", "该日期相距过远，请核对。"),
    ("backwards", "The end must lie after the beginning.", "结束时间须晚于开始时间。"),
    ("future", "A sample cannot be taken in the future.", "采样时间不能晚于现在。"),
    ("overlap", "Another entry says this for the same time.", "同一时间段已有相同事项的记录。"),
    ("not_yet", "Give a time that has passed.", "请填写已过去的时间。"),
    ("no_evidence", "Name the document or case that shows this.", "请注明依据的文书或案例编号。"),
    ("no_source", "Name the authority that answers for this.", "请注明负责机构。"),
    ("other_authority", "Only the authority itself can enter this.", "只能由该机构自行录入。"),
    ("other_owner", "The entry is about another person or area.", "该记录对应另一人或另一区域。"),
    ("revision_taken", "This revision exists: read the entry again.", "该修订已存在，请重新读取记录。"),
    (
        "decision_too_long",
        "A decision by hand lasts {days} days at most; decide again later if need be.",
        "人工决定最长 {days} 天，如有需要可届时再次决定。",
    ),
    (
        "color_or_exempts",
        "Give either a color or the rules that do not count, not both and not neither.",
        "请在颜色与免除的规则中选填其一。",
    ),
    ("no_color_by_hand", "By hand a color can be yellow or red only.", "人工决定只能为黄码或红码。"),
    ("unknown_rule", "No policy has this rule: see GET /v1/policies.", "没有此规则，请参见 GET /v1/policies。"),
    (
        "unknown_reason",
        "Give a key of the region's reason texts, so that the person reads why.",
        "请填写本地区原因文本中的键，以便向本人说明原因。",
    ),
    ("pack", "{file}:{line}: {what}", "{file} 第 {line} 行：{what}"),
    (
        "unknown_version",
        "No such version was in force; there are: {versions}.",
        "没有施行过此版本；现有版本：{versions}。",
    ),
    ("past_time", "This is in the past: give a time after {now}.", "该时间已过，请填写 {now} 之后的时间。"),
    (
        "in_force_already",
        "This version is in force at that time already, and nothing is planned after it.",
        "届时施行的已是此版本，且其后无已计划的版本。",
    ),
    (
        "one_candidate",
        "Exactly one pack must be new to the region; these are: {versions}.",
        "其中须有且仅有一个新策略包；目前为：{versions}。",
    ),
    ("one_of", "Give exactly one of: {names}.", "请在以下各项中选填其一：{names}。"),
    ("too_many", "Give {most} at most.", "最多 {most} 项。"),
    ("no_person", "Name the person by `person` or by `subject`, one of them.", "请用 person 或 subject 之一指明本人。"),
    ("impossible_entry", "Give 1 to 100 printable characters.", "请填写 1 至 100 个可见字符。"),
    (
        "not_served",
        "This region's audit does not serve that region: see GET /v1/catalogue.",
        "本地区并未代该地区评定，请参见 GET /v1/catalogue。",
    ),
    ("migration_runs", "A migration of this region is not done yet.", "该地区的迁移尚未完成。"),
    (
        "migration_not_ready",
        "Not all people have been taken there: {detail}. See GET /v1/migrations/<region>.",
        "并非所有人员都已移交完毕：{detail}。请参见 GET /v1/migrations/<region>。",
    ),
    ("impossible_revision", "Revisions count from 1.", "修订号从 1 开始。"),
):
    field_text(*_row)
for _reason in get_args(InvalidIdReason):
    field_text(f"id_{_reason}", InvalidIdNumber(_reason).en, InvalidIdNumber(_reason).zh)


def bad_pack(problems: Sequence[PackProblem]) -> Problem:
    """The problem that a pack is answered with that is not right."""
    return Problem(
        BAD_PACK, errors=[FieldError("pack", pointer=f"#/{p.file}", params=msgspec.structs.asdict(p)) for p in problems]
    )


def field_errors(faults: Sequence[Fault]) -> list[FieldError]:
    """Faults as places in the body."""
    return [FieldError(fault.code, pointer=f"#/{fault.field}", params=fault.params) for fault in faults]


def refusal(faults: Sequence[Fault]) -> Problem:
    """The problem that a refused entry is answered with."""
    kind = ENTRY_CONFLICT if any(fault.code in CONFLICTS for fault in faults) else INVALID
    return Problem(kind, errors=field_errors(faults))

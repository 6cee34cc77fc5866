"""What the portal refuses, and what to do then."""

from typing import get_args

from chassis.http.problems import problem_type
from chassis.http.wording import field_text
from healthcode.identity import InvalidIdNumber, InvalidIdReason

CODE_REFUSED = problem_type(
    "sign-in-refused", 403, "2901", "The identity provider did not confirm this sign-in", "身份认证未通过",
    detail_en="A sign-in is good once and for a minute: sign in again.",
    detail_zh="每次登录只能使用一次，且一分钟内有效：请重新登录。",
)  # fmt: skip
NO_SIGN_IN = problem_type(
    "no-sign-in", 404, "3901", "This region's pages have no sign-in yet", "本地区页面尚未开通登录",
    detail_en="Whoever runs the region sets HC_PORTAL_AUTHORIZE_URL and HC_PORTAL_EXCHANGE_URL.",
    detail_zh="请运维人员设置 HC_PORTAL_AUTHORIZE_URL 和 HC_PORTAL_EXCHANGE_URL。",
)  # fmt: skip
NO_NATION = problem_type(
    "no-trust-list", 404, "3902", "This region's pages hand on no trust list", "本地区页面不提供信任列表",
    detail_en="Whoever runs the region sets HC_PORTAL_NATION.",
    detail_zh="请运维人员设置 HC_PORTAL_NATION。",
)  # fmt: skip
NOT_BUILT = problem_type(
    "pages-not-built", 503, "5901", "The pages are not built", "页面尚未构建",
    detail_en="Whoever runs the region runs `make pages` and starts the portal again.",
    detail_zh="请运维人员运行 make pages 后重启门户服务。",
)  # fmt: skip
IDENTITY_UNVERIFIED = problem_type(
    "page-identity-unverified", 403, "2902", "Your account names no verified identity document", "账号尚未实名认证",
    detail_en="Verify your identity with the identity provider, sign in again and repeat this.",
    detail_zh="请先完成实名认证，重新登录后再试。",
)  # fmt: skip
OUTSIDE_AWAY = problem_type(
    "outside-away", 503, "5902", "Another system that is asked for this does not answer", "外部系统未响应",
    detail_en="The identity provider or the nation is away: try again in a minute.",
    detail_zh="身份认证系统或国家平台暂时无法访问：请一分钟后重试。",
)  # fmt: skip

field_text(
    "subject_or_document",
    "Give either a subject, or the kind and number of a document.",
    "subject 与证件须填且仅填一项。",
)
for _reason in get_args(InvalidIdReason):
    field_text(f"id_number_{_reason}", InvalidIdNumber(_reason).en, InvalidIdNumber(_reason).zh)

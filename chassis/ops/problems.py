"""What the operators' routes can answer with beyond the chassis' own."""

from chassis.http.problems import problem_type

OUTSIDE_LOG = problem_type(
    "position-outside-log",
    409,
    "3010",
    "The stored position lies outside the log",
    "存储的位点不在日志范围内",
    detail_en="Find out why (docs/runbook.md), then send to: beginning or end.",
    detail_zh="请先查明原因（docs/runbook.md），再以 to 指定 beginning 或 end。",
)
WITHIN_LOG = problem_type(
    "position-within-log",
    409,
    "3011",
    "The stored position can be read on from",
    "存储的位点可以继续读取",
    detail_en="Moving it would lose records or take them twice; send to: stored.",
    detail_zh="移动位点会造成记录丢失或重复；请发送 to: stored。",
)
BAD_CURSOR = problem_type(
    "bad-cursor",
    400,
    "1010",
    "This cursor is none of ours",
    "游标无效",
    detail_en="Send the cursor of the page before, or none.",
    detail_zh="请发送上一页返回的游标，或不发送游标。",
)

"""The problems that every service can answer with; the scheme of their codes is in `chassis.http.problems`."""

from chassis.http.problems import problem_type

BAD_REQUEST = problem_type(
    "bad-request",
    400,
    "1000",
    "The request is wrong",
    "请求有误",
    detail_en="Correct the request and send it again.",
    detail_zh="请修改请求后重新提交。",
)
MALFORMED_JSON = problem_type(
    "malformed-json",
    400,
    "1001",
    "The body is not JSON",
    "请求体不是有效的 JSON",
    detail_en="Send one JSON value in UTF-8, without NaN or Infinity.",
    detail_zh="请发送一个 UTF-8 编码的 JSON 值，不得含有 NaN 或 Infinity。",
)
INVALID = problem_type(
    "invalid-request",
    422,
    "1002",
    "Some fields are missing or wrong",
    "部分字段缺失或有误",
    detail_en="Correct the fields listed under errors and send the request again.",
    detail_zh="请按 errors 中所列字段修改后重新提交。",
)
UNSUPPORTED_MEDIA = problem_type(
    "unsupported-media-type",
    415,
    "1003",
    "The body is of a kind that is not read here",
    "不支持的请求体类型",
    detail_en="Send the body as JSON (application/json) or what is listed under accepted.",
    detail_zh="请以 JSON（application/json）或 accepted 中所列类型发送请求体。",
)
TOO_LARGE = problem_type(
    "content-too-large",
    413,
    "1004",
    "The body is too large",
    "请求体过大",
    detail_en="Split the request; limit says how many bytes are accepted here.",
    detail_zh="请拆分后发送；limit 为此处可接受的字节数。",
)
IDEMPOTENCY_KEY_REQUIRED = problem_type(
    "idempotency-key-required",
    400,
    "1005",
    "The Idempotency-Key header is missing or wrong",
    "缺少 Idempotency-Key 请求头或其值有误",
    detail_en="Send an Idempotency-Key of 1 to 255 visible ASCII characters, a new one for each new request.",
    detail_zh="请发送由 1 至 255 个可见 ASCII 字符组成的 Idempotency-Key，每个新请求使用新的值。",
)
NOT_ACCEPTABLE = problem_type(
    "not-acceptable",
    406,
    "1006",
    "The answer cannot be given in that form",
    "无法以所要求的格式返回",
    detail_en="Ask for application/json.",
    detail_zh="请改为请求 application/json。",
)
UNSUPPORTED_ENCODING = problem_type(
    "unsupported-content-encoding",
    415,
    "1007",
    "The body is compressed",
    "请求体已压缩",
    detail_en="Send the body as it is, without a Content-Encoding.",
    detail_zh="请发送未压缩的请求体，不要使用 Content-Encoding。",
)
UNAUTHENTICATED = problem_type(
    "unauthenticated",
    401,
    "2001",
    "It is not known who is asking",
    "身份未验证",
    detail_en="Sign in again and send the new access token as a bearer token.",
    detail_zh="请重新登录，并以 Bearer 令牌发送新的访问令牌。",
)
FORBIDDEN = problem_type(
    "forbidden",
    403,
    "2002",
    "This is not allowed with that role",
    "该角色无权执行此操作",
    detail_en="Ask somebody who may do this.",
    detail_zh="请由有权限的人员办理。",
)
OTHER_REGION = problem_type(
    "other-region",
    403,
    "2003",
    "This role counts in another region",
    "该角色仅在其他地区有效",
    detail_en="Use an account of this region.",
    detail_zh="请使用本地区的账号。",
)
NOT_FOUND = problem_type(
    "not-found",
    404,
    "3001",
    "There is nothing here",
    "未找到",
    detail_en="Check the address.",
    detail_zh="请检查地址。",
)
METHOD_NOT_ALLOWED = problem_type(
    "method-not-allowed",
    405,
    "3002",
    "This cannot be done here",
    "此处不支持该方法",
    detail_en="Use one of the methods in the Allow header.",
    detail_zh="请使用 Allow 响应头中列出的方法。",
)
CONFLICT = problem_type(
    "conflict",
    409,
    "3003",
    "The request does not fit what is there now",
    "请求与当前状态冲突",
    detail_en="Read the present state and decide again.",
    detail_zh="请读取当前状态后再作决定。",
)
IN_FLIGHT = problem_type(
    "idempotency-in-flight",
    409,
    "3004",
    "The same request is still being worked on",
    "相同的请求仍在处理中",
    detail_en="Wait a moment and send it again with the same Idempotency-Key.",
    detail_zh="请稍候，然后以相同的 Idempotency-Key 重新发送。",
)
KEY_REUSED = problem_type(
    "idempotency-key-reused",
    422,
    "3005",
    "This Idempotency-Key was used for another request",
    "该 Idempotency-Key 已用于另一请求",
    detail_en="Send a new request with a new Idempotency-Key.",
    detail_zh="新的请求请使用新的 Idempotency-Key。",
)
TOO_MANY = problem_type(
    "too-many-requests",
    429,
    "4001",
    "Too many requests",
    "请求过于频繁",
    detail_en="Wait as long as the Retry-After header says.",
    detail_zh="请按 Retry-After 响应头所示时间等待。",
)
OVERLOADED = problem_type(
    "overloaded",
    503,
    "4002",
    "Too much is going on here now",
    "系统繁忙",
    detail_en="Nothing was accepted. Wait as long as the Retry-After header says and send the same request again.",
    detail_zh="本次请求未被受理。请按 Retry-After 响应头所示时间等待后，重新发送同一请求。",
)
INTERNAL = problem_type(
    "internal",
    500,
    "5001",
    "Something went wrong here",
    "服务内部错误",
    detail_en="Send the request again later; if it stays so, tell us the instance.",
    detail_zh="请稍后重试；如仍有问题，请将 instance 告知我们。",
)
NOT_READY = problem_type(
    "not-ready",
    503,
    "5002",
    "The service is not ready",
    "服务尚未就绪",
    detail_en="Send the request again later.",
    detail_zh="请稍后重试。",
)
IDENTITY_AWAY = problem_type(
    "identity-provider-away",
    503,
    "5003",
    "The identity provider cannot be reached",
    "无法连接身份认证服务",
    detail_en="Send the request again later.",
    detail_zh="请稍后重试。",
)

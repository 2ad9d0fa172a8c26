using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using static Tasklane.Tasks.Problems.RequestErrors;
using static Tasklane.Tasks.TaskErrors;

namespace Tasklane.Tasks.Problems;

/// <summary>Languages that problems are told in.</summary>
public enum Language
{
    English,
    Chinese,
}

/// <summary>The one table of what can go wrong: code, HTTP status, and title and detail in both languages.</summary>
public static class ProblemTexts
{
    private sealed record Entry(int Status, string Title, CompositeFormat Detail, string TitleZh, CompositeFormat DetailZh);

    private static readonly FrozenDictionary<string, Entry> Table = new Dictionary<string, Entry>
    {
        [InvalidJson] = Of(400,
            "The body is not valid JSON", "Line {0}, position {1}: {2}",
            "请求体不是有效的 JSON", "第 {0} 行，第 {1} 个字符：{2}"),
        [EmptyBody] = Of(400,
            "The body is empty", "Send a JSON object with at least \"type\" and \"payload\".",
            "请求体为空", "请发送一个至少包含 \"type\" 和 \"payload\" 的 JSON 对象。"),
        [InvalidField] = Of(400, "A field cannot be used", "{0}.", "字段无效", "{0}。"),
        [InvalidQuery] = Of(400, "A query parameter cannot be used", "{0}.", "查询参数无效", "{0}。"),
        [InvalidPage] = Of(400, "The page cannot be used", "{0}.", "页码无效", "{0}。"),
        [InvalidPageSize] = Of(400, "The page size cannot be used", "{0}.", "每页数量无效", "{0}。"),
        [UnknownStatus] = Of(400, "Unknown status", "{0}.", "未知状态", "{0}。"),
        [UnknownPriority] = Of(400, "Unknown priority", "{0}.", "未知优先级", "{0}。"),
        [UnknownLevel] = Of(400, "Unknown level", "{0}.", "未知日志级别", "{0}。"),
        [UnknownType] = Of(400,
            "Unknown task type", "There is no task type '{0}'. Known types: {1}.",
            "未知任务类型", "没有名为“{0}”的任务类型。已知类型：{1}。"),
        [PayloadInvalid] = Of(400,
            "The payload does not fit its schema", "{0}. GET /api/tasks/types has the schema of '{1}'.",
            "负载不符合其 JSON Schema", "{0}。“{1}”的 Schema 见 GET /api/tasks/types。"),
        [PayloadTooLarge] = Of(413,
            "The payload is too large",
            "A payload may have {0} bytes. Put the data where the task can fetch it (a blob, a file, stored log lines) and send its address or ids instead.",
            "任务负载过大", "负载最多允许 {0} 字节。请将数据放到任务可以读取的位置（Blob、文件、已存储的日志行），改为传递其地址或 ID。"),
        [BodyTooLarge] = Of(413,
            "The body is too large", "A body may have {0} bytes here. Send it in several parts.",
            "请求体过大", "此处请求体最多允许 {0} 字节，请分多次发送。"),
        [ResultTooLarge] = Of(413,
            "The result is too large", "A result may have 256 KiB. Write a file instead.",
            "任务结果过大", "结果最多允许 256 KiB，请改为写入文件。"),
        [UnsupportedMediaType] = Of(415,
            "The content type is not supported", "Send Content-Type: application/json, not '{0}'.",
            "不支持的内容类型", "请使用 Content-Type: application/json，而不是“{0}”。"),
        [Unauthenticated] = Of(401,
            "Not signed in", "Sign in first: /.auth/login/aad, or send a token that App Service authentication accepts.",
            "未登录", "请先登录：/.auth/login/aad，或提供 App Service 身份验证接受的令牌。"),
        [Forbidden] = Of(403, "Not allowed", "This needs the role '{0}'.", "没有权限", "此操作需要角色“{0}”。"),
        [NotFound] = Of(404,
            "No such task", "There is no such task, or it is not yours.",
            "任务不存在", "没有此任务，或该任务不属于您。"),
        [AfterNotFound] = Of(400,
            "A task to wait for does not exist", "There is no task {0}, or it is not yours. Name tasks that exist, or make them in the same request to /api/tasks/bulk.",
            "要等待的任务不存在", "没有任务 {0}，或该任务不属于您。请指定已存在的任务，或在同一个 /api/tasks/bulk 请求中创建它们。"),
        [NotUnique] = Of(409,
            "Another task has the unique key", "Task {1} has the key '{0}'. Wait until it has ended, or ask for \"onConflict\": \"reuse\" or \"replace\".",
            "唯一键已被占用", "任务 {1} 正在使用键“{0}”。请等待其结束，或将 \"onConflict\" 设为 \"reuse\" 或 \"replace\"。"),
        [ParentEnded] = Of(409,
            "The parent task has ended", "A task that has ended makes no more tasks.",
            "父任务已结束", "已结束的任务不能再创建子任务。"),
        [ScheduleNotFound] = Of(404,
            "No such schedule", "There is no such schedule, or it is not yours.",
            "计划不存在", "没有此计划，或该计划不属于您。"),
        [TooManySchedules] = Of(409,
            "Too many schedules", "Nobody may have more than {0} schedules. Delete some first.",
            "计划过多", "每人最多允许 {0} 个计划，请先删除一部分。"),
        [UnknownEventType] = Of(400,
            "Unknown event type", "No task is made of events of type '{0}'. Known types: {1}. Tasklane:Intake:Events maps event types to task types.",
            "未知事件类型", "类型为“{0}”的事件不会生成任务。已知类型：{1}。可通过 Tasklane:Intake:Events 将事件类型映射到任务类型。"),
        [WrongKey] = Of(401,
            "The key is not known", "Send one of Tasklane:Intake:EventKeys as aeg-sas-key, as ?code=, or as Authorization: SharedAccessKey.",
            "密钥无效", "请通过 aeg-sas-key、?code= 或 Authorization: SharedAccessKey 发送 Tasklane:Intake:EventKeys 中的一个密钥。"),
        [TakesNoBlob] = Of(400,
            "The task type takes no blobs", "'{0}' has no field for a blob. Types with one: {1}.",
            "该任务类型不接受 Blob", "“{0}”没有可放置 Blob 的字段。具有该字段的类型：{1}。"),
        [IntakeOff] = Of(409,
            "This intake is switched off", "It needs the setting {0}.",
            "该入口未启用", "需要配置项 {0}。"),
        [PoisonNotFound] = Of(404,
            "No such poison message", "It is not there any more, or somebody else is looking at it just now.",
            "没有此毒消息", "该消息已不存在，或正在被他人处理。"),
        [FileNotFound] = Of(404,
            "The task has no file", "Only a completed task whose result has a \"file\" can be downloaded.",
            "任务没有文件", "只有已完成且结果包含 \"file\" 的任务可以下载。"),
        [UploadNotFound] = Of(404,
            "No such file", "There is no such file, it is not yours, or its time is over.",
            "文件不存在", "没有此文件、该文件不属于您，或已过期。"),
        [FileTooLarge] = Of(413,
            "The file is too large", "A file may have {0} bytes (Tasklane:Files:MaxBytes). Split it, or drop it as a blob.",
            "文件过大", "文件最多允许 {0} 字节（Tasklane:Files:MaxBytes）。请拆分文件，或以 Blob 方式投递。"),
        [FileTooLong] = Of(400,
            "The file has more bytes than it was to have", "It was begun with a length of {0}. Begin another one.",
            "文件字节数超出声明的长度", "创建时声明的长度为 {0}，请重新创建。"),
        [FilesFull] = Of(409,
            "Too many files", "One user may have {0} files and {1} bytes of them. Delete some, or wait until they expire.",
            "文件过多", "每个用户最多允许 {0} 个文件、共 {1} 字节。请删除一部分，或等待其过期。"),
        [FileComplete] = Of(409,
            "The file is complete", "Nothing can be added to it any more.",
            "文件已完整", "不能再向其追加内容。"),
        [FileIncomplete] = Of(409,
            "The file is not complete", "It has {0} of {1} bytes. Send the rest by PATCH with ?offset={0}.",
            "文件不完整", "目前有 {0} 字节，共 {1} 字节。请用 PATCH 和 ?offset={0} 发送其余部分。"),
        [OffsetMismatch] = Of(409,
            "The file does not reach that far", "It has {0} bytes: go on with ?offset={0}.",
            "文件尚未到达该位置", "目前有 {0} 字节，请从 ?offset={0} 继续。"),
        [DigestMismatch] = Of(400,
            "The file has another SHA-256", "It has {0}, not {1}, and is gone. Send it again.",
            "文件的 SHA-256 不符", "实际为 {0}，而不是 {1}；文件已删除，请重新发送。"),
        [RangeNotSatisfiable] = Of(416,
            "The range is outside of the file", "The file has {0} bytes.",
            "范围超出文件", "文件共有 {0} 字节。"),
        [RouteNotFound] = Of(404, "No such address", "Nothing answers at {0}.", "地址不存在", "{0} 处没有接口。"),
        [MethodNotAllowed] = Of(405, "Method not allowed", "{0} answers to {1}.", "不支持的请求方法", "{0} 支持：{1}。"),
        [Running] = Of(409,
            "A running task cannot be cancelled", "POST /api/tasks/{{id}}/cancel asks a running task to stop.",
            "无法取消正在执行的任务", "可使用 POST /api/tasks/{{id}}/cancel 请求停止正在执行的任务。"),
        [NotCancellable] = Of(409,
            "The task has ended", "Only a pending or running task can be cancelled.",
            "任务已结束", "只有等待中或执行中的任务可以取消。"),
        [NotRetryable] = Of(409,
            "The task cannot be retried", "Only a failed or cancelled task can be retried.",
            "任务无法重试", "只有失败或已取消的任务可以重试。"),
        [IdempotencyConflict] = Of(409,
            "The idempotency key was used before", "It came with another request. Use a new key for a new request.",
            "幂等键已被使用", "该键已用于另一个请求。新的请求请使用新的键。"),
        [IdempotencyGone] = Of(410,
            "The task has been purged",
            "This request was carried out before under this idempotency key, and its task has been purged since. Use a new key to have it done once more.",
            "任务已被清除", "该请求此前已使用此幂等键执行过，其任务现已被清除。如需再次执行，请使用新的键。"),
        [Exists] = Of(409, "The task exists already", "A task with this id exists already.", "任务已存在", "已存在相同 ID 的任务。"),
        [IllegalTransition] = Of(409,
            "The task is in another state", "The task's state does not allow this.", "任务状态不允许", "任务当前状态不允许此操作。"),
        [LeaseLost] = Of(409,
            "The task is in other hands", "Another worker has taken the task over, or it has ended.",
            "任务已由其他工作进程接管", "任务已由其他工作进程接管，或已结束。"),
        [StoreUnavailable] = Of(503,
            "The store cannot be reached", "Nothing was changed. Try again in a moment.",
            "存储暂时不可用", "未做任何更改，请稍后重试。"),
        [OutcomeUnknown] = Of(503,
            "It is not known whether this was done",
            "The store's answer got lost. Repeat the request with the same Idempotency-Key, or look first: without a key it may be done twice.",
            "无法确定操作是否已执行", "存储的应答已丢失。请使用相同的 Idempotency-Key 重复请求，或先查询结果：不使用该键可能会重复执行。"),
        [StoreFull] = Of(503,
            "The store is full", "Nothing was changed. Somebody has to make room; what was there is kept.",
            "存储空间已满", "未做任何更改。需要先腾出空间；已有数据不受影响。"),
        [RateLimited] = Of(429,
            "Too many requests", "One user may make {0} requests a minute. Come again in {1} s.",
            "请求过多", "每个用户每分钟最多允许 {0} 次请求，请在 {1} 秒后重试。"),
        [BacklogFull] = Of(429,
            "Too many tasks wait", "One user may have {0} tasks that wait, and {1} do. Wait for some to start, or cancel them.",
            "等待中的任务过多", "每个用户最多允许 {0} 个等待中的任务，当前为 {1} 个。请等待其中一些开始执行，或将其取消。"),
        [InternalError] = Of(500,
            "Something went wrong", "It has been logged under the trace id {0}.",
            "服务器内部错误", "已记录，跟踪编号 {0}。"),
    }.ToFrozenDictionary();

    /// <summary>Every code the table has.</summary>
    public static IReadOnlyList<string> Codes => Table.Keys;

    /// <summary>Whether a code has its text here, and so may be told to callers.</summary>
    public static bool Knows(string code) => Table.ContainsKey(code);

    /// <summary>HTTP status of a code; 500 for one that requests never meet.</summary>
    public static int Status(string code) => Table.TryGetValue(code, out var entry) ? entry.Status : 500;

    public static string Title(string code, Language language) =>
        Find(code) is var entry && language == Language.Chinese ? entry.TitleZh : entry.Title;

    public static string Detail(string code, Language language, params object[] args)
    {
        var entry = Find(code);
        var text = language == Language.Chinese ? entry.DetailZh : entry.Detail;
        // Somebody refused without saying what the text wants to name; the title still holds.
        return args.Length < text.MinimumArgumentCount ? Title(code, language) : string.Format(CultureInfo.InvariantCulture, text, args);
    }

    private static Entry Find(string code) => Table.TryGetValue(code, out var entry) ? entry : Table[InternalError];

    private static Entry Of(int status, string title, string detail, string titleZh, string detailZh) =>
        new(status, title, CompositeFormat.Parse(detail), titleZh, CompositeFormat.Parse(detailZh));
}

namespace Tasklane.Tasks;

/// <summary>Settings, read from configuration section <c>Tasklane</c> (<c>Tasklane__Store</c> in the environment).</summary>
public sealed class TasklaneOptions
{
    /// <summary>"sqlite", "redis", "postgres" or "mysql".</summary>
    public string Store { get; set; } = "sqlite";

    /// <summary>
    /// StackExchange.Redis configuration of the Redis store. Time-outs that it does not name, in milliseconds: <c>connectTimeout</c> 5000
    /// (a connection being made), <c>syncTimeout</c> 5000, and <c>asyncTimeout</c>, a call of the store, as <c>syncTimeout</c>. A call
    /// that finds no connection waits for one for a second.
    /// </summary>
    public string Redis { get; set; } = "localhost:6379";

    /// <summary>
    /// How many replicas must have a change before it is answered (0 to 5), by Redis' WAIT; 0 = it is answered when the master has it. One
    /// that they do not have within half a call's time-out is <see cref="TaskErrors.OutcomeUnknown"/>. Costs two round trips more per change.
    /// </summary>
    public int RedisReplicas { get; set; }

    /// <summary>
    /// How Redis and PostgreSQL are signed in to: "password", with what their configuration says; or "entra", as this app's managed identity
    /// (on a developer's machine, as whoever is signed in there), with no password anywhere.
    /// </summary>
    public string SignIn { get; set; } = "password";

    /// <summary>Npgsql connection string of the PostgreSQL store.</summary>
    public string Postgres { get; set; } = "Host=localhost;Database=tasklane";

    /// <summary>MySqlConnector connection string of the MySQL (or MariaDB) store, without a database: that is the hub's.</summary>
    public string MySql { get; set; } = "Server=localhost;User ID=root";

    /// <summary>Path of the SQLite store's file.</summary>
    public string Sqlite { get; set; } = ".tasklane/tasks.db";

    /// <summary>Name of this hub: prefix and hash tag of its Redis keys, schema of its PostgreSQL tables, its MySQL database. Letters, digits, '-'.</summary>
    public string Hub { get; set; } = "tasklane";

    /// <summary>
    /// Name of this worker process; made up when empty (in the emulator, from its data directory). Give one only where no two processes can bear it at once: a process
    /// that comes back under its old name takes over its former self's tasks at once instead of when their leases end.
    /// </summary>
    public string Worker { get; set; } = "";

    /// <summary>
    /// Secret that signs the passes of admins who watch everybody's tasks; made up at start when empty. Several workers must share one.
    /// </summary>
    public string PassKey { get; set; } = "";

    public LaneOptions Lanes { get; set; } = new();

    public LimitOptions Limits { get; set; } = new();

    public FileOptions Files { get; set; } = new();

    public MarketDataOptions MarketData { get; set; } = new();

    public IntakeOptions Intake { get; set; } = new();

    public CacheOptions Cache { get; set; } = new();

    public OutboundOptions Outbound { get; set; } = new();

    public WebhookOptions Webhook { get; set; } = new();

    public CrawlOptions Crawl { get; set; } = new();

    public AiOptions Ai { get; set; } = new();

    /// <summary>How long a started task stays its worker's without a sign of life, in seconds (2 to 300).</summary>
    public double LeaseSeconds { get; set; } = 10;

    /// <summary>How often a worker renews its leases and learns of cancellations, in seconds (0.1 to 60, at most a third of the lease).</summary>
    public double HeartbeatSeconds { get; set; } = 1;

    /// <summary>How long a granted slot waits for its task to start, in seconds (1 to 300).</summary>
    public double GrantSeconds { get; set; } = 15;

    /// <summary>
    /// How long one slice of a sliced handler runs, in seconds (0.05 to 3600). With <see cref="GraceSeconds"/> it must fit into
    /// host.json's functionTimeout, of which 15 % (75 s at most) are kept for writing how the slice ended; a handler that runs on
    /// for all that is left fails with <see cref="TaskErrors.SliceOverrun"/>.
    /// </summary>
    public double SliceSeconds { get; set; } = 240;

    /// <summary>How long a handler may take to react to its cancellation before it is abandoned, in seconds (0.05 to 600).</summary>
    public double GraceSeconds { get; set; } = 10;

    /// <summary>How often in a row a task may lose its worker before it fails with <see cref="TaskErrors.WorkerLost"/> (0 to 1000).</summary>
    public int MaxRecoveries { get; set; } = 10;

    /// <summary>How long ended tasks are kept, in hours (0.001 to 8784).</summary>
    public double RetentionHours { get; set; } = 24;

    /// <summary>
    /// How many log lines of a task are kept (10 to 1000000): the first half and the last half of so many. Where lines were dropped
    /// between them, a line says how many.
    /// </summary>
    public int MaxLogLines { get; set; } = 10_000;

    /// <summary>Longest a single attempt may be asked to take, in seconds.</summary>
    public int MaxTimeoutSeconds { get; set; } = 24 * 3600;

    /// <summary>One sentence per broken rule; empty when all is well. Called once at start.</summary>
    public IEnumerable<string> Problems()
    {
        if (Store is not ("sqlite" or "redis" or "postgres" or "mysql"))
            yield return $"Tasklane:Store is '{Store}'; it must be sqlite, redis, postgres or mysql.";
        if (Hub.Length is 0 or > 40 || Hub.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-'))
            yield return $"Tasklane:Hub is '{Hub}'; it must be 1 to 40 letters, digits or '-'.";
        if (SignIn is not ("password" or "entra")) yield return $"Tasklane:SignIn is '{SignIn}'; it must be password or entra.";
        if (SignIn == "entra" && Store is "mysql") yield return "Tasklane:SignIn is 'entra', which the store 'mysql' is not signed in to with; set password, or another store.";
        if (RedisReplicas is < 0 or > 5) yield return $"Tasklane:RedisReplicas is {RedisReplicas}; it must be 0 to 5.";
        if (MaxLogLines is < 10 or > 1_000_000) yield return $"Tasklane:MaxLogLines is {MaxLogLines}; it must be 10 to 1000000.";
        if (OutOf(LeaseSeconds, 2, 300)) yield return $"Tasklane:LeaseSeconds is {LeaseSeconds}; it must be 2 to 300.";
        if (OutOf(HeartbeatSeconds, 0.1, 60) || HeartbeatSeconds * 3 > LeaseSeconds)
            yield return $"Tasklane:HeartbeatSeconds is {HeartbeatSeconds}; it must be 0.1 to 60 and at most a third of LeaseSeconds ({LeaseSeconds}).";
        if (OutOf(GrantSeconds, 1, 300)) yield return $"Tasklane:GrantSeconds is {GrantSeconds}; it must be 1 to 300.";
        if (OutOf(SliceSeconds, 0.05, 3600)) yield return $"Tasklane:SliceSeconds is {SliceSeconds}; it must be 0.05 to 3600.";
        if (OutOf(GraceSeconds, 0.05, 600)) yield return $"Tasklane:GraceSeconds is {GraceSeconds}; it must be 0.05 to 600.";
        if (MaxRecoveries is < 0 or > 1000) yield return $"Tasklane:MaxRecoveries is {MaxRecoveries}; it must be 0 to 1000.";
        if (OutOf(RetentionHours, 0.001, 8784)) yield return $"Tasklane:RetentionHours is {RetentionHours}; it must be 0.001 to 8784.";
        if (MaxTimeoutSeconds is < 1 or > 7 * 24 * 3600) yield return $"Tasklane:MaxTimeoutSeconds is {MaxTimeoutSeconds}; it must be 1 to 604800.";
        foreach (var problem in (IEnumerable<string>)[.. Lanes.Problems(), .. Limits.Problems(), .. Files.Problems(), .. MarketData.Problems(), .. Outbound.Problems(), .. Webhook.Problems(), .. Crawl.Problems(), .. Ai.Problems(), .. Intake.Problems(), .. Cache.Problems()])
            yield return problem;
    }

    /// <summary>
    /// Called by every activity. Apps that share a task hub are given each other's activities; one that is another hub's must fail, and
    /// so be tried again until a worker of that hub takes it: to this store its task does not exist.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is another hub's.</exception>
    internal void MustBeOurs(string? hub)
    {
        if (hub is not null && hub != Hub)
            throw new InvalidOperationException($"This is work of the hub '{hub}', and this worker serves '{Hub}'. Apps on one task hub must have one Tasklane:Hub, or each its own task hub.");
    }

    private static bool OutOf(double value, double least, double most) => !(value >= least && value <= most);
}

/// <summary>How many tasks run at once, over all workers, and how fair the lanes are. 0 = unlimited.</summary>
public sealed class LaneOptions
{
    /// <summary>
    /// Tasks running at once. Not unlimited unless told: what is granted no longer waits in its lane, so without a limit a high
    /// task would queue behind every low one that came before it.
    /// </summary>
    public int MaxRunning { get; set; } = 100;

    /// <summary>Running at once per type, unless <see cref="Types"/> says otherwise.</summary>
    public int MaxRunningPerType { get; set; }

    /// <summary>Running at once per user.</summary>
    public int MaxRunningPerUser { get; set; }

    /// <summary>Limits of single types, by name.</summary>
    public Dictionary<string, int> Types { get; set; } = new(StringComparer.Ordinal);

    /// <summary>A normal task at the head of its lane sees at most this many grants go to others (1 to 1000).</summary>
    public int NormalWaitsAtMost { get; set; } = 8;

    /// <summary>A low task at the head of its lane sees at most this many grants go to others (1 to 1000).</summary>
    public int LowWaitsAtMost { get; set; } = 32;

    /// <summary>The limit of a type; 0 = unlimited.</summary>
    public int LimitOf(string type) => Types.TryGetValue(type, out var limit) ? limit : MaxRunningPerType;

    internal IEnumerable<string> Problems()
    {
        if (MaxRunning < 0) yield return $"Tasklane:Lanes:MaxRunning is {MaxRunning}; it must be 0 (unlimited) or more.";
        if (MaxRunningPerType < 0) yield return $"Tasklane:Lanes:MaxRunningPerType is {MaxRunningPerType}; it must be 0 (unlimited) or more.";
        if (MaxRunningPerUser < 0) yield return $"Tasklane:Lanes:MaxRunningPerUser is {MaxRunningPerUser}; it must be 0 (unlimited) or more.";
        foreach (var (type, limit) in Types.Where(pair => pair.Value < 0))
            yield return $"Tasklane:Lanes:Types:{type} is {limit}; it must be 0 (unlimited) or more.";
        if (NormalWaitsAtMost is < 1 or > 1000) yield return $"Tasklane:Lanes:NormalWaitsAtMost is {NormalWaitsAtMost}; it must be 1 to 1000.";
        if (LowWaitsAtMost is < 1 or > 1000) yield return $"Tasklane:Lanes:LowWaitsAtMost is {LowWaitsAtMost}; it must be 1 to 1000.";
    }
}

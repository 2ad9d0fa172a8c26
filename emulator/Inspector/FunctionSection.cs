using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Http;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Inspector;

/// <summary>The functions of the app: what starts them, whether they run, and a button that runs them.</summary>
internal sealed partial class FunctionSection(
    FunctionCatalog catalog, HttpTriggers http, FunctionInvoker invoker, IHostApplicationLifetime lifetime, ILogger<FunctionSection> log)
    : IInspectorSection
{
    private const string Run = "run";

    private static readonly string[] _tellingProperties = ["schedule", "queueName", "path", "event", "hubName"];

    public string Name => "functions";

    public string Title => "Functions";

    public int Order => 10;

    public IReadOnlyList<InspectorColumn> Columns { get; } =
        [new("State", InspectorLook.State), new("Name", InspectorLook.Code), new("Trigger"), new("Detail"), new("Error")];

    public ValueTask<InspectorRows> ListAsync(InspectorQuery query, CancellationToken cancellationToken) => ValueTask.FromResult(
        query.Page(catalog.Functions
            .Where(function => query.Matches(function.Name, function.Trigger?.Type, Detail(function), StateOf(function).Text, function.Error))
            .Select(function => new InspectorRow(
                function.Name, StateOf(function), function.Name, TriggerName(function), Detail(function), function.Error))));

    public ValueTask<InspectorDetail?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (catalog.Find(id) is not { } function)
            return ValueTask.FromResult<InspectorDetail?>(null);
        var fields = new List<InspectorField>
        {
            new("State", StateOf(function), InspectorLook.State),
            new("Entry point", function.Metadata.EntryPoint, InspectorLook.Code),
        };
        if (function.Error is { } error)
            fields.Add(new("Error", error));
        if (http.Routes.FirstOrDefault(route => route.Function == function) is { } route)
            fields.Add(new("Route", Detail(function), route.Pattern.Parameters.Count == 0 ? InspectorLook.Link : InspectorLook.Code));
        if (function.Retry is { } retry)
            fields.Add(new("Retries", $"{retry.RetryStrategy}, {(retry.MaxRetryCount < 0 ? "for ever" : $"{retry.MaxRetryCount} times")}"));
        foreach (var binding in function.Bindings)
            fields.Add(new($"{binding.Direction} {binding.Name}", binding.RawJson, InspectorLook.Code));
        return ValueTask.FromResult<InspectorDetail?>(new InspectorDetail(function.Name, fields, Actions(function)));
    }

    public ValueTask<string> ActAsync(string id, string action, string? input, CancellationToken cancellationToken)
    {
        var function = catalog.Find(id) ?? throw new InspectorException($"The app has no function '{id}'.");
        if (!Actions(function).Any(offered => offered.Name == action))
            throw new InspectorException($"'{function.Name}' cannot '{action}'.");

        // Accepted, not awaited: how it ended is among the invocations.
        _ = Task.Run(() => RunAsync(function, input), CancellationToken.None);
        return ValueTask.FromResult($"{function.Name} has been started.");
    }

    private async Task RunAsync(HostFunction function, string? input)
    {
        try
        {
            if (function.Kind is IRunsOnDemand kind)
                await kind.RunAsync(function, input, lifetime.ApplicationStopping);
            else
            {
                await invoker.InvokeAsync(
                    new Invocation(function) { TriggerData = input is null ? null : new TypedData { String = input } },
                    lifetime.ApplicationStopping);
            }
        }
        catch (Exception e)
        {
            LogFailed(log, e, function.Name);
        }
    }

    // What goes in turns or answers a request cannot be run from here.
    private static InspectorAction[] Actions(HostFunction function) =>
        !function.Runs || IsTrigger(function, "http") || IsTrigger(function, "orchestration") || IsTrigger(function, "entity") ? []
        : IsTrigger(function, "timer") ? [new InspectorAction(Run, "Run now")]
        : [new InspectorAction(Run, "Run now", $"What its {TriggerName(function)} brings, as text")];

    private static bool IsTrigger(HostFunction function, string type) =>
        TriggerName(function).Equals(type, StringComparison.OrdinalIgnoreCase);

    private static string TriggerName(HostFunction function)
    {
        var type = function.Trigger?.Type ?? "";
        return type.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase) ? type[..^"Trigger".Length] : type;
    }

    private static InspectorState StateOf(HostFunction function) => function switch
    {
        { Error: not null } => new("error", InspectorTone.Bad),
        { IsDisabled: true } => new("disabled", InspectorTone.Idle),
        _ => new("ready", InspectorTone.Good),
    };

    // What tells functions of one trigger apart.
    private string Detail(HostFunction function)
    {
        if (http.Routes.FirstOrDefault(route => route.Function == function) is { } route)
        {
            var methods = route.Methods.Length == 0 ? "" : string.Join(' ', route.Methods).ToUpperInvariant() + " ";
            return $"{methods}/{route.Pattern.RawText?.TrimStart('/')}";
        }

        return _tellingProperties.Select(name => function.Trigger?.Text(name)).FirstOrDefault(text => !string.IsNullOrEmpty(text)) ?? "";
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "'{Name}', started by hand, failed")]
    private static partial void LogFailed(ILogger logger, Exception error, string name);
}

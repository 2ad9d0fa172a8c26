using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.DurableTask.Client;

namespace Tasklane.Emulator.Durable.Http;

/// <summary>Query parameters, as leniently as the real extension reads them: what makes no sense is as if not there.</summary>
internal static class ManagementQuery
{
    public static string InstanceId(HttpContext http) => Route(http, "instanceId")!;

    public static string? Route(HttpContext http, string name) => http.GetRouteValue(name) as string;

    public static string? Text(HttpContext http, string name) => http.Request.Query[name].FirstOrDefault();

    public static bool Flag(HttpContext http, string name, bool otherwise = false) =>
        bool.TryParse(Text(http, name), out var value) ? value : otherwise;

    public static int? Number(HttpContext http, string name) => int.TryParse(
        Text(http, name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0 ? value : null;

    public static TimeSpan? Seconds(HttpContext http, string name) =>
        double.TryParse(Text(http, name), CultureInfo.InvariantCulture, out var value) && value is >= 0 and < 1e9
            ? TimeSpan.FromSeconds(value)
            : null;

    public static DateTimeOffset? Time(HttpContext http, string name) => DateTimeOffset.TryParse(
        Text(http, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var value) ? value : null;

    /// <summary>Comma-separated or repeated; null when there is none.</summary>
    public static OrchestrationRuntimeStatus[]? Statuses(HttpContext http)
    {
        var statuses = http.Request.Query["runtimeStatus"]
            .SelectMany(value => (value ?? string.Empty).Split(',', StringSplitOptions.TrimEntries))
            .Select(Status)
            .OfType<OrchestrationRuntimeStatus>()
            .ToArray();
        return statuses.Length == 0 ? null : statuses;

        static OrchestrationRuntimeStatus? Status(string name) =>
            Enum.TryParse<OrchestrationRuntimeStatus>(name, ignoreCase: true, out var status) ? status : null;
    }

    public static string? Continuation(HttpContext http) =>
        http.Request.Headers[ManagementJson.ContinuationHeader].FirstOrDefault() is { Length: > 0 } token ? token : null;
}

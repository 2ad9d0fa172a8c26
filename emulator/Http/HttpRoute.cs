using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.Http;

/// <summary>The route of one HTTP function, and the host's rules about routes.</summary>
/// <param name="Own">The function's part, without the prefix.</param>
/// <param name="Full">Prefix and own part.</param>
/// <param name="Methods">Upper-case; empty means every method.</param>
internal sealed record HttpRoute(FunctionInfo Function, string Own, string Full, RoutePattern Pattern, string[] Methods)
{
    /// <summary>Not only as whole segments: "administration" is refused too.</summary>
    private static readonly string[] Reserved = ["admin", "runtime"];

    public static HttpRoute Of(FunctionInfo function, string prefix, NameResolver names)
    {
        var trigger = (HttpTriggerAttribute)function.Trigger;
        var route = names.Resolve(trigger.Route ?? "");
        // No route, and an empty one too, means the function's name.
        var own = string.IsNullOrWhiteSpace(route) ? function.Name : route.Trim('/');
        if (Array.Exists(Reserved, r => own.StartsWith(r, StringComparison.OrdinalIgnoreCase)))
            throw new FunctionErrorException("The specified route conflicts with one or more built in routes.");
        var full = prefix.Length == 0 ? own : $"{prefix}/{own}";
        try
        {
            var methods = (trigger.Methods ?? []).Select(m => m.ToUpperInvariant());
            return new(function, own, full, RoutePatternFactory.Parse(full), [.. methods]);
        }
        catch (RoutePatternException e)
        {
            throw new FunctionErrorException($"The route '{full}' is not valid: {e.Message}", e);
        }
    }

    public bool ConflictsWith(HttpRoute other) =>
        string.Equals(Own, other.Own, StringComparison.OrdinalIgnoreCase)
        && (Methods.Length == 0 || other.Methods.Length == 0 || Methods.Intersect(other.Methods).Any());
}

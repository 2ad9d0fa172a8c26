using Microsoft.AspNetCore.Routing.Patterns;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Http;

/// <summary>The route of one HTTP function, and the host's rules about routes.</summary>
/// <param name="Own">The function's part, without the prefix.</param>
/// <param name="Full">Prefix and own part.</param>
/// <param name="Methods">Upper-case; empty means every method.</param>
/// <param name="Level">Who may call: anonymous, function, admin.</param>
internal sealed record HttpRoute(HostFunction Function, string Own, string Full, RoutePattern Pattern, string[] Methods, AuthLevel Level)
{
    /// <summary>Not only as whole segments: "administration" is refused too.</summary>
    private static readonly string[] _reserved = ["admin", "runtime"];

    /// <exception cref="FunctionErrorException">The route is not possible; the sentences are the real host's.</exception>
    public static HttpRoute Of(HostFunction function, string prefix, SettingNames names)
    {
        var trigger = function.Trigger!;
        var route = names.Resolve(trigger.Text("route") ?? "");

        // No route, and an empty one too, means the function's name.
        var own = string.IsNullOrWhiteSpace(route) ? function.Name : route.Trim('/');
        if (Array.Exists(_reserved, reserved => own.StartsWith(reserved, StringComparison.OrdinalIgnoreCase)))
            throw new FunctionErrorException("The specified route conflicts with one or more built in routes.");
        var full = prefix.Length == 0 ? own : $"{prefix}/{own}";
        try
        {
            return new(
                function, own, full, RoutePatternFactory.Parse(full),
                [.. trigger.Texts("methods").Select(method => method.ToUpperInvariant())],
                Enum.TryParse<AuthLevel>(trigger.Text("authLevel"), ignoreCase: true, out var level) ? level : AuthLevel.Function);
        }
        catch (RoutePatternException e)
        {
            throw new FunctionErrorException($"The route '{full}' is not valid: {e.Message}", e);
        }
    }

    public bool ConflictsWith(HttpRoute other) =>
        string.Equals(Own, other.Own, StringComparison.OrdinalIgnoreCase) && SharesMethodWith(other);

    /// <summary>Whether the other, the earlier one, takes the same requests, though its parameters are named otherwise.</summary>
    public bool IsShadowedBy(HttpRoute other) =>
        SharesMethodWith(other) && string.Equals(Nameless(Pattern), Nameless(other.Pattern), StringComparison.OrdinalIgnoreCase);

    private bool SharesMethodWith(HttpRoute other) =>
        Methods.Length == 0 || other.Methods.Length == 0 || Methods.Intersect(other.Methods).Any();

    private static string Nameless(RoutePattern pattern) => string.Join('/', pattern.PathSegments.Select(segment => string.Concat(
        segment.Parts.Select(part => part switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternSeparatorPart separator => separator.Content,
            RoutePatternParameterPart parameter =>
                $"{{{(parameter.IsCatchAll ? "*" : "")}{string.Concat(parameter.ParameterPolicies.Select(policy => ":" + policy.Content))}}}",
            _ => "",
        }))));
}

/// <summary>Whether a request needs a key. Locally none is asked for unless the host is told to, as under the Core Tools.</summary>
internal enum AuthLevel
{
    Anonymous,
    Function,
    Admin,
}

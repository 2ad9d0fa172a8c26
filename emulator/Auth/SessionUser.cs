namespace Tasklane.Emulator.Auth;

/// <summary>Who is signed in, and through which provider (`dev`, or the one the app's login link named).</summary>
internal sealed record SessionUser(string Provider, string Name, IReadOnlyList<string> Roles, DateTimeOffset Expires)
{
    private const int MaxName = 256;
    private const int MaxRole = 64;
    private const int MaxRoles = 20;

    /// <summary>What is wrong with a login as a sentence; null when nothing is.</summary>
    public static string? Reject(string? name, IReadOnlyList<string>? roles)
    {
        if (string.IsNullOrWhiteSpace(name))
            return "The user must not be empty.";
        if (name.Length > MaxName || name.Any(char.IsControl))
            return $"The user must be at most {MaxName} characters, without control characters.";
        if (roles is { Count: > MaxRoles })
            return $"At most {MaxRoles} roles can be given.";
        if (roles is not null && roles.Any(r => string.IsNullOrWhiteSpace(r) || r.Length > MaxRole || r.Any(char.IsControl)))
            return $"A role must be 1 to {MaxRole} characters, without control characters.";
        return null;
    }
}

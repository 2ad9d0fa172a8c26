using System.Collections.Frozen;

namespace Tasklane.Tasks;

/// <summary>Who asks: a verified user, or the service itself on behalf of a trigger.</summary>
/// <param name="Id">Stable id of the user; tasks belong to it.</param>
/// <param name="Name">For people to read.</param>
public sealed record Caller(string Id, string Name, FrozenSet<string> Roles)
{
    /// <summary>The role that may see and change every user's tasks.</summary>
    public const string AdminRole = "admin";

    public Caller(string id, string name, params ReadOnlySpan<string> roles)
        : this(id, name, FrozenSet.Create(StringComparer.OrdinalIgnoreCase, roles))
    {
    }

    public bool IsAdmin => Has(AdminRole);

    public bool Has(string role) => Roles.Contains(role);
}

using System.Collections.Frozen;

namespace Tasklane.Tasks;

/// <summary>Who asks: a verified user, or the service itself on behalf of a trigger.</summary>
/// <param name="Id">Stable id of the user; tasks belong to it.</param>
/// <param name="Name">For people to read.</param>
public sealed record Caller(string Id, string Name, FrozenSet<string> Roles)
{
    /// <summary>The role that may do everything.</summary>
    public const string AdminRole = "admin";

    /// <summary>The role that may see every user's tasks, and cancel, retry and delete them, but make none in the admin's name.</summary>
    public const string OperatorRole = "operator";

    /// <summary>The role that may see every user's tasks and change only its own.</summary>
    public const string ViewerRole = "viewer";

    public Caller(string id, string name, params ReadOnlySpan<string> roles)
        : this(id, name, FrozenSet.Create(StringComparer.OrdinalIgnoreCase, roles))
    {
    }

    public bool IsAdmin => Has(AdminRole);

    /// <summary>May see what belongs to others.</summary>
    public bool SeesAll => IsAdmin || Has(OperatorRole) || Has(ViewerRole);

    /// <summary>May change what belongs to others.</summary>
    public bool ActsOnAll => IsAdmin || Has(OperatorRole);

    public bool Has(string role) => Roles.Contains(role);
}

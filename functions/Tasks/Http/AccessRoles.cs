namespace Tasklane.Tasks.Http;

/// <summary>Who may call a function that is not for every user; read by the middleware that signs callers in.</summary>
internal static class AccessRoles
{
    public const string Admins = Caller.AdminRole;

    public const string Actors = $"{Caller.OperatorRole},{Caller.AdminRole}";

    public const string Seers = $"{Caller.ViewerRole},{Caller.OperatorRole},{Caller.AdminRole}";
}

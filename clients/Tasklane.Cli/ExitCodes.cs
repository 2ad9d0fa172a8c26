using System.Net;
using Tasklane.Client;

namespace Tasklane.Cli;

/// <summary>What scripts are told by the code that a command ends with.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>A task that was waited for failed or was cancelled, or one of several could not be changed.</summary>
    public const int TaskFailed = 1;

    public const int Usage = 2;
    public const int NotFound = 3;

    /// <summary>The service said no: a payload that does not fit, a state that does not allow it, a role that is missing, a limit.</summary>
    public const int Refused = 4;

    /// <summary>No answer, one of somebody else's, or the service is in trouble itself.</summary>
    public const int Unreachable = 5;

    public const int NotSignedIn = 6;

    /// <summary>Ctrl-C, as shells have it.</summary>
    public const int Interrupted = 130;

    public const string Table = "0 done, 1 a task failed or was cancelled, 2 usage, 3 not found, 4 refused, 5 unreachable, 6 not signed in, 130 interrupted.";

    public static int Of(TasklaneException failure) => failure.Status switch
    {
        // Whoever answered is no Tasklane, or none yet.
        not null when failure.IsForeign => Unreachable,
        HttpStatusCode.NotFound => NotFound,
        HttpStatusCode.Unauthorized => NotSignedIn,
        null or >= HttpStatusCode.InternalServerError => Unreachable,
        _ => Refused,
    };
}

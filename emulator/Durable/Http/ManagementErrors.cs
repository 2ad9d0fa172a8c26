using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Tasklane.Emulator.Durable.Http;

/// <summary>Answers what the engine or the client refuses with a status and a sentence.</summary>
internal static class ManagementErrors
{
    public static RequestDelegate Told(RequestDelegate run) => async http =>
    {
        try
        {
            await run(http);
        }
        catch (Exception e) when (StatusOf(e) is { } status && !http.Response.HasStarted)
        {
            await ManagementJson.WriteErrorAsync(http, status, e is RpcException refused ? refused.Status.Detail : e.Message);
        }
    };

    private static int? StatusOf(Exception error) => error switch
    {
        BadHttpRequestException unreadable => unreadable.StatusCode,
        ArgumentException => StatusCodes.Status400BadRequest,
        RpcException refused => refused.StatusCode switch
        {
            StatusCode.InvalidArgument => StatusCodes.Status400BadRequest,
            StatusCode.NotFound => StatusCodes.Status404NotFound,
            StatusCode.AlreadyExists => StatusCodes.Status409Conflict,

            // It has ended since it was looked at.
            StatusCode.FailedPrecondition => StatusCodes.Status410Gone,
            StatusCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
            _ => null,
        },
        _ => null,
    };
}

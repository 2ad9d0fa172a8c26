using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator.Http;

/// <summary>
/// The outermost step: a request that cannot be read is answered with its 4xx and a sentence, any other failure of the host with 500
/// and a sentence. The trace goes to the log only.
/// </summary>
internal sealed partial class RequestErrors(ILogger<RequestErrors> log)
{
    public RequestDelegate Wrap(RequestDelegate next) => async http =>
    {
        try
        {
            await next(http);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told.
        }
        catch (BadHttpRequestException e)
        {
            await AnswerAsync(http, e.StatusCode, $"The request cannot be read: {e.Message}");
        }
        catch (Exception e)
        {
            LogFailed(log, e, http.Request.Method, Problem.Quote(http.Request.Path.ToString()));
            await AnswerAsync(http, StatusCodes.Status500InternalServerError, "The host could not answer this request; its log says why.");
        }
    };

    private static Task AnswerAsync(HttpContext http, int status, string sentence)
    {
        if (http.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            http.Abort();
            return Task.CompletedTask;
        }

        http.Response.Clear();
        return Problem.WriteAsync(http, status, sentence);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void LogFailed(ILogger logger, Exception error, string method, string path);
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.Http;

/// <summary>Turns what an HTTP function answered into the response.</summary>
internal sealed partial class HttpAnswer(WorkerMode mode, WorkerDataConverter serializer)
{
    private static readonly ActionDescriptor NoAction = new();

    public Task WriteAsync(object? answer, HttpContext http, FunctionInfo function)
    {
        switch (answer)
        {
            case IActionResult action:
                return action.ExecuteResultAsync(new ActionContext(http, http.GetRouteData(), NoAction));
            case IResult result:
                return result.ExecuteAsync(http);
            case ResponseData response:
                return response.FinishAsync(http.RequestAborted);
            case null:
                // The function wrote the response itself, or has none to give.
                return Task.CompletedTask;
            default:
                return WriteValueAsync(answer, http, function);
        }
    }

    private Task WriteValueAsync(object answer, HttpContext http, FunctionInfo function)
    {
        if (mode.AspNetCore)
        {
            // So it is with the ASP.NET Core integration; only the plain worker makes a body of any object.
            NoResponse(function.Plan!.Logger, function.Name, answer.GetType());
            return Task.CompletedTask;
        }
        if (answer is string text)
        {
            http.Response.ContentType = "text/plain; charset=utf-8";
            return http.Response.WriteAsync(text);
        }
        http.Response.ContentType = "application/json; charset=utf-8";
        return serializer.SerializeAsync(http.Response.Body, answer, http.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "No HTTP response returned from function '{Name}': a {Type} makes none. "
        + "Return an IActionResult, an IResult or an HttpResponseData, or mark the result's property with [HttpResult].")]
    private static partial void NoResponse(ILogger logger, string name, Type type);
}

/// <summary>Which of the worker's two HTTP models the app has chosen.</summary>
/// <param name="AspNetCore">ConfigureFunctionsWebApplication, rather than ConfigureFunctionsWorkerDefaults.</param>
internal sealed record WorkerMode(bool AspNetCore);

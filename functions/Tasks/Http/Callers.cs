using Microsoft.AspNetCore.Http;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http;

/// <summary>Where a request's verified caller is kept.</summary>
public static class Callers
{
    public static void SetCaller(this HttpContext http, Caller caller) => http.Features.Set(caller);

    /// <summary>Who asks; throws <see cref="RequestErrors.Unauthenticated"/> in the functions that nobody need sign in for.</summary>
    public static Caller GetCaller(this HttpRequest request) =>
        request.HttpContext.Features.Get<Caller>() ?? throw new InvalidRequestException(RequestErrors.Unauthenticated);
}

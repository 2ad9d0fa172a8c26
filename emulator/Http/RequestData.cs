using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.Http;

/// <summary>The worker's own request type over the ASP.NET Core one.</summary>
internal sealed class RequestData(FunctionContext context, HttpContext http) : HttpRequestData(context)
{
    private HttpHeadersCollection? _headers;
    private IReadOnlyCollection<IHttpCookie>? _cookies;

    public override Stream Body => http.Request.Body;

    public override HttpHeadersCollection Headers => _headers ??= new(
        http.Request.Headers.Select(h => KeyValuePair.Create(h.Key, h.Value.AsEnumerable().Select(v => v ?? ""))));

    public override IReadOnlyCollection<IHttpCookie> Cookies =>
        _cookies ??= [.. http.Request.Cookies.Select(c => new HttpCookie(c.Key, c.Value))];

    public override Uri Url => new(http.Request.GetDisplayUrl());

    public override IEnumerable<ClaimsIdentity> Identities => http.User.Identities;

    public override string Method => http.Request.Method;

    public override HttpResponseData CreateResponse() =>
        new ResponseData(FunctionContext, http.Response, http.RequestServices.GetRequiredService<WorkerMode>().AspNetCore);
}

/// <summary>Makes an invocation's request data when first asked for.</summary>
internal sealed class RequestDataFeature : IHttpRequestDataFeature
{
    public static RequestDataFeature Instance { get; } = new();

    public ValueTask<HttpRequestData?> GetHttpRequestDataAsync(FunctionContext context)
    {
        var invocation = InvocationContext.Of(context);
        return invocation.Http is not { } http
            ? new((HttpRequestData?)null)
            : new(invocation.RequestData ??= new RequestData(context, http));
    }
}

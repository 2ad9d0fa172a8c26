using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace Tasklane.Emulator.Http;

/// <summary>
/// The worker's own response type. With the ASP.NET Core integration status and body go straight to the response, so a
/// large answer streams and the status must be set first; the plain worker sends everything once the function returns it.
/// </summary>
internal sealed class ResponseData : HttpResponseData
{
    private readonly HttpResponse _response;

    public ResponseData(FunctionContext context, HttpResponse response, bool streams)
        : base(context)
    {
        _response = response;
        Cookies = new ResponseCookies(response);
        Body = streams ? response.Body : new MemoryStream();
        response.OnStarting(() =>
        {
            ApplyHeaders();
            return Task.CompletedTask;
        });
    }

    public override HttpStatusCode StatusCode
    {
        get => (HttpStatusCode)_response.StatusCode;
        set => _response.StatusCode = (int)value;
    }

    public override HttpHeadersCollection Headers { get; set; } = [];

    public override Stream Body { get; set; }

    public override HttpCookies Cookies { get; }

    /// <summary>Sends a body that is not the response's own.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (Body == _response.Body)
            return;
        if (Body.CanSeek)
            Body.Position = 0;
        await Body.CopyToAsync(_response.Body, cancellationToken);
    }

    private void ApplyHeaders()
    {
        foreach (var (name, values) in Headers.NonValidated)
            _response.Headers[name] = values.ToArray();
    }
}

/// <summary>Cookies of the worker's model, written as ASP.NET Core writes them.</summary>
internal sealed class ResponseCookies(HttpResponse response) : HttpCookies
{
    public override void Append(string name, string value) => response.Cookies.Append(name, value);

    public override void Append(IHttpCookie cookie) => response.Cookies.Append(cookie.Name, cookie.Value, new CookieOptions
    {
        Domain = cookie.Domain,
        Expires = cookie.Expires,
        HttpOnly = cookie.HttpOnly ?? false,
        MaxAge = cookie.MaxAge is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Path = cookie.Path ?? "/",
        Secure = cookie.Secure ?? false,
        SameSite = cookie.SameSite switch
        {
            SameSite.Lax => SameSiteMode.Lax,
            SameSite.Strict => SameSiteMode.Strict,
            SameSite.ExplicitNone => SameSiteMode.None,
            _ => SameSiteMode.Unspecified,
        },
    });

    public override IHttpCookie CreateNew() => new HttpCookie("", "");
}

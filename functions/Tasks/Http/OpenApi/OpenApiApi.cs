using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Http.Caching;

namespace Tasklane.Tasks.Http.OpenApi;

/// <summary>The document that describes the API, for anybody: it says nothing of anybody's tasks.</summary>
public sealed class OpenApiApi(TaskTypes types)
{
    private readonly Lazy<JsonBody> _document = new(() => JsonBody.Of(OpenApiDocument.Build(types), static (json, document) => document.WriteTo(json)));

    [Function("OpenApi")]
    [AllowAnonymous]
    public IResult Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/openapi.json")] HttpRequest request) =>
        new JsonBodyAnswer(_document.Value);
}

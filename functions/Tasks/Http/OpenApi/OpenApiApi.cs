using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks.Handling;

namespace Tasklane.Tasks.Http.OpenApi;

/// <summary>The document that describes the API, for anybody: it says nothing of anybody's tasks.</summary>
public sealed class OpenApiApi(TaskTypes types)
{
    private readonly Lazy<JsonObject> _document = new(() => OpenApiDocument.Build(types));

    [Function("OpenApi")]
    [AllowAnonymous]
    public IResult Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/openapi.json")] HttpRequest request) =>
        new JsonAnswer<JsonObject>(StatusCodes.Status200OK, _document.Value, static (json, document) => document.WriteTo(json));
}

using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http.OpenApi;

/// <summary>
/// The API as an OpenAPI 3.1 document. Routes, methods and query parameters are those of the functions; what they mean stands in
/// openapi.json, by the function's name; payloads are those of the task types.
/// </summary>
internal static partial class OpenApiDocument
{
    private const string Json = "application/json";
    private const string ProblemJson = "application/problem+json";

    private static readonly string[] _anyProblem = ["401", "429", "503"];

    /// <exception cref="InvalidOperationException">A function has no operation in openapi.json.</exception>
    public static JsonObject Build(TaskTypes types)
    {
        var said = Read();
        var operations = said["operations"]!.AsObject();
        var parameters = said["parameters"]!.AsObject();
        var paths = new JsonObject();
        foreach (var (function, trigger, query) in Functions())
        {
            var operation = operations[function]?.AsObject()
                ?? throw new InvalidOperationException($"openapi.json has no operation {function}.");
            var path = "/" + Parameter().Replace(trigger.Route!, "{$1}");
            if (paths[path] is not JsonObject methods)
                paths[path] = methods = [];
            foreach (var method in trigger.Methods!)
                methods[method.ToLowerInvariant()] = Operation(function, method, method == trigger.Methods[0], path, operation, query, parameters);
        }

        var schemas = (JsonObject)said["schemas"]!.DeepClone();
        AddProblem(schemas);
        AddPayloads(schemas, types);
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Tasklane",
                ["version"] = "1",
                ["description"] = "Hand it slow work; it runs it durably, shows progress live, and never loses a task. Errors are problem details (RFC 9457) with a stable `code`.",
                ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["tags"] = said["tags"]!.DeepClone(),
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject
                {
                    ["bearer"] = new JsonObject
                    {
                        ["type"] = "http",
                        ["scheme"] = "bearer",
                        ["description"] = "A token that App Service authentication accepts; locally, POST /.auth/login/dev answers one.",
                    },
                },
            },
        };
    }

    /// <summary>Every function with a route of its own, and the query parameters that it reads.</summary>
    public static IEnumerable<(string Function, HttpTriggerAttribute Trigger, IReadOnlyList<string> Query)> Functions() =>
        from type in typeof(OpenApiDocument).Assembly.GetTypes()
        where type != typeof(UnknownRouteApi)
        from method in type.GetMethods()
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        let trigger = method.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(found => found is not null)
        where trigger is { Route: not null, Methods: not null }
        orderby trigger.Route
        select (function.Name, trigger, method.GetCustomAttribute<QueryParametersAttribute>()?.Names ?? []);

    private static JsonObject Operation(
        string function, string method, bool isFirst, string path, JsonObject said, IReadOnlyList<string> query, JsonObject known)
    {
        var isHead = method.Equals("head", StringComparison.OrdinalIgnoreCase);
        // A function that answers to several methods has an operation for each.
        var suffix = isFirst ? "" : char.ToUpperInvariant(method[0]) + method[1..];
        var parameters = new JsonArray();
        foreach (Match match in Braces().Matches(path))
            parameters.Add(Named(match.Groups[1].Value, "path", known));
        foreach (var name in query)
            parameters.Add(Named(name, "query", known));
        if (said["key"] is not null)
            parameters.Add(Named("Idempotency-Key", "header", known));

        var operation = new JsonObject
        {
            ["operationId"] = char.ToLowerInvariant(function[0]) + function[1..] + suffix,
            ["summary"] = said["summary"]!.GetValue<string>() + (isHead ? " (headers only)" : ""),
            ["tags"] = new JsonArray(said["tag"]!.GetValue<string>()),
            ["parameters"] = parameters,
        };
        if (said["body"]?.GetValue<string>() is { } body)
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content(body) };
        if (said["open"] is not null)
            operation["security"] = new JsonArray();
        var answers = new JsonObject();
        foreach (var (status, shape) in said["answers"]!.AsObject())
        {
            var answer = new JsonObject { ["description"] = Description(status) };
            if (shape is not null && !isHead)
                answer["content"] = Content(shape.GetValue<string>());
            answers[status] = answer;
        }
        foreach (var status in said["problems"]!.AsArray().Select(one => one!.ToString()).Concat(said["open"] is null ? _anyProblem : []))
        {
            if (answers.ContainsKey(status))
                continue;
            var answer = new JsonObject { ["description"] = Description(status) };
            if (!isHead)
                answer["content"] = new JsonObject { [ProblemJson] = new JsonObject { ["schema"] = Reference("Problem") } };
            answers[status] = answer;
        }
        operation["responses"] = answers;
        return operation;
    }

    private static JsonObject Named(string name, string place, JsonObject known)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = place };
        if (place == "path")
            parameter["required"] = true;
        var said = known[name]?.AsObject() ?? throw new InvalidOperationException($"openapi.json has no parameter {name}.");
        foreach (var (key, value) in said)
            parameter[key] = value?.DeepClone();
        return parameter;
    }

    private static JsonObject Content(string shape) => shape.Contains('/', StringComparison.Ordinal)
        ? new JsonObject { [shape] = new JsonObject() }
        : new JsonObject { [Json] = new JsonObject { ["schema"] = Reference(shape) } };

    private static JsonObject Reference(string shape) => new() { ["$ref"] = $"#/components/schemas/{shape}" };

    private static void AddProblem(JsonObject schemas) => schemas["Problem"] = new JsonObject
    {
        ["type"] = "object",
        ["required"] = new JsonArray("type", "title", "status", "code", "detail"),
        ["properties"] = new JsonObject
        {
            ["type"] = new JsonObject { ["type"] = "string" },
            ["title"] = new JsonObject { ["type"] = "string" },
            ["status"] = new JsonObject { ["type"] = "integer" },
            ["code"] = new JsonObject { ["enum"] = new JsonArray([.. ProblemTexts.Codes.Order(StringComparer.Ordinal).Select(code => (JsonNode)code)]) },
            ["detail"] = new JsonObject { ["type"] = "string" },
            ["errors"] = new JsonObject
            {
                ["type"] = "array",
                ["items"] = new JsonObject
                {
                    ["type"] = "object",
                    ["required"] = new JsonArray("field", "code", "message"),
                    ["properties"] = new JsonObject
                    {
                        ["field"] = new JsonObject { ["type"] = "string", ["description"] = "JSON pointer into the body, or the name of a parameter or header." },
                        ["code"] = new JsonObject { ["type"] = "string" },
                        ["message"] = new JsonObject { ["type"] = "string" },
                    },
                },
            },
        },
    };

    /// <summary>What each type takes, beside the request that names it.</summary>
    private static void AddPayloads(JsonObject schemas, TaskTypes types)
    {
        var names = new JsonArray();
        foreach (var type in types.Public)
        {
            names.Add((JsonNode)type.Name);
            var schema = JsonNode.Parse(type.Schema)!.AsObject();
            // "Anything" is true in JSON Schema; readers of OpenAPI documents know it as {}.
            foreach (var anything in (schema["properties"]?.AsObject() ?? []).Where(property => property.Value?.GetValueKind() == JsonValueKind.True).Select(property => property.Key).ToList())
                schema["properties"]![anything] = new JsonObject();
            schema["description"] ??= type.Description;
            schemas[$"payload_{type.Name}"] = schema;
        }
        schemas["NewTask"]!["properties"]!["type"]!["enum"] = names;
        schemas["NewTask"]!["properties"]!["payload"]!["anyOf"] = new JsonArray([.. types.Public.Select(type => (JsonNode)Reference($"payload_{type.Name}"))]);
    }

    private static string Description(string status) => status switch
    {
        "200" => "Done.",
        "201" => "Made.",
        "202" => "Accepted; it goes on by itself.",
        "204" => "Done.",
        "206" => "The range asked for.",
        "304" => "The client's copy is current.",
        "400" => "The request cannot be used; `errors` names each field.",
        "401" => "Not signed in.",
        "403" => "A role is missing.",
        "404" => "There is none, or it is somebody else's.",
        "409" => "Not in this state, or the idempotency key was used otherwise.",
        "410" => "Carried out before, and purged since.",
        "413" => "Too large.",
        "415" => "Not JSON.",
        "416" => "Outside of the file.",
        "429" => "Too many requests, or tasks that wait; Retry-After says when to come again.",
        "503" => "The store is away or full; `code` says whether anything was changed.",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };

    private static JsonObject Read()
    {
        using var stream = typeof(OpenApiDocument).Assembly.GetManifestResourceStream("Tasklane.Tasks.Http.OpenApi.openapi.json")!;
        return JsonSerializer.Deserialize<JsonObject>(stream)!;
    }

    [GeneratedRegex(@"\{(\w+)(?::[^{}]*)?\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Braces();
}

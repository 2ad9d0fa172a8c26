using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Http.Converters;
using Microsoft.Azure.Functions.Worker.Http;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.Http;

/// <summary>Parameters of HTTP functions that are the request, or its body.</summary>
internal sealed class HttpInputs(WorkerDataConverter serializer) : IInputBinding
{
    public bool Handles(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        return type == typeof(HttpRequest) || type == typeof(HttpContext) || type == typeof(HttpResponse)
            || type == typeof(HttpRequestData) || IsBody(parameter);
    }

    public Func<FunctionContext, ValueTask<object?>> Create(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (type == typeof(HttpRequest))
            return static context => new(InvocationContext.Of(context).Http?.Request);
        if (type == typeof(HttpContext))
            return static context => new(InvocationContext.Of(context).Http);
        if (type == typeof(HttpResponse))
            return static context => new(InvocationContext.Of(context).Http?.Response);
        if (type == typeof(HttpRequestData))
            return static async context => await context.GetHttpRequestDataAsync();
        return context => ReadBodyAsync(context, type);
    }

    /// <summary>The attribute of the worker or of MVC, or a trigger parameter that is no request at all.</summary>
    private static bool IsBody(ParameterInfo parameter) =>
        parameter.GetCustomAttribute<HttpTriggerAttribute>() is not null
        || Array.Exists(parameter.GetCustomAttributes().ToArray(), a => a is FromBodyAttribute or IFromBodyMetadata);

    private async ValueTask<object?> ReadBodyAsync(FunctionContext context, Type type)
    {
        var http = InvocationContext.Of(context).Http;
        if (http is null)
            return ParameterBinding.Missing;
        if (context.Features.Get<IFromBodyConversionFeature>() is { } custom)
            return await custom.ConvertAsync(context, type);
        if (type == typeof(string))
            return await new StreamReader(http.Request.Body).ReadToEndAsync(context.CancellationToken);
        if (http.Request.ContentLength == 0)
            return null;
        return await serializer.DeserializeAsync(http.Request.Body, type, context.CancellationToken);
    }
}

using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Azure.Functions.Worker.Extensions.Http.Converters;
using Microsoft.Azure.Functions.Worker.Http;

namespace Microsoft.Azure.Functions.Worker
{
    /// <summary>Runs a function on requests. No methods: all of them. No route: the function's name.</summary>
    public sealed class HttpTriggerAttribute : TriggerBindingAttribute
    {
        public HttpTriggerAttribute()
        {
        }

        public HttpTriggerAttribute(params string[] methods)
            : this() => Methods = methods;

        public HttpTriggerAttribute(AuthorizationLevel authLevel)
            : this() => AuthLevel = authLevel;

        public HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods)
            : this(authLevel) => Methods = methods;

        /// <summary>ASP.NET Core's route syntax, after the prefix of host.json.</summary>
        public string? Route { get; set; }

        public AuthorizationLevel AuthLevel { get; } = AuthorizationLevel.Function;

        public string[]? Methods { get; }
    }

    /// <summary>Which key a caller needs.</summary>
    public enum AuthorizationLevel
    {
        Anonymous,
        User,
        Function,
        System,
        Admin,
    }

    /// <summary>Marks the property of a result that answers the request.</summary>
    [AttributeUsage(AttributeTargets.Property, AllowMultiple = false)]
    public sealed class HttpResultAttribute : OutputBindingAttribute;
}

namespace Microsoft.Azure.Functions.Worker.Http
{
    /// <summary>Binds a parameter to the request's JSON body.</summary>
    public class FromBodyAttribute : InputConverterAttribute
    {
        public FromBodyAttribute()
            : base(typeof(FromBodyConverter))
        {
        }
    }
}

namespace Microsoft.Azure.Functions.Worker.Extensions.Http.Converters
{
    /// <summary>How the host reads a body; put among an invocation's features it replaces the JSON reading below.</summary>
    public interface IFromBodyConversionFeature
    {
        ValueTask<object?> ConvertAsync(FunctionContext context, Type targetType);
    }

    internal sealed class FromBodyConverter : IInputConverter
    {
        public async ValueTask<ConversionResult> ConvertAsync(ConverterContext context)
        {
            try
            {
                var invocation = context.FunctionContext;
                if (invocation.Features.Get<IFromBodyConversionFeature>() is { } feature)
                    return ConversionResult.Success(await feature.ConvertAsync(invocation, context.TargetType));
                if (await invocation.GetHttpRequestDataAsync() is not { } request)
                    return ConversionResult.Unhandled();
                return ConversionResult.Success(await WorkerSerializer.Of(invocation)
                    .DeserializeAsync(request.Body, context.TargetType, invocation.CancellationToken));
            }
            catch (Exception failure)
            {
                return ConversionResult.Failed(failure);
            }
        }
    }
}

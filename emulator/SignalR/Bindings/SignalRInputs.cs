using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.SignalR;

/// <summary>The three inputs about the service. Each binds its own type, its JSON as a string, or a type of that shape.</summary>
internal sealed class SignalRInputs(BindingHub hubs, ConnectionInfos infos, WorkerDataConverter serializer) : IInputBinding
{
    // What the real host hands out to parameters of other types: url, accessToken.
    private static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web);

    public bool Handles(ParameterInfo parameter) => Attribute(parameter) is not null;

    public Func<FunctionContext, ValueTask<object?>> Create(ParameterInfo parameter)
    {
        var make = Attribute(parameter) switch
        {
            SignalRConnectionInfoInputAttribute a => Info(a.HubName, a.UserId, a.IdToken, a.ClaimTypeList),
            SignalRNegotiationInputAttribute a => Negotiation(Info(a.HubName, a.UserId, a.IdToken, a.ClaimTypeList)),
            SignalREndpointsInputAttribute a => Endpoints(hubs.Of(a.HubName)),
            _ => throw new InvalidOperationException($"{parameter} has no SignalR input."),
        };
        var convert = To(parameter.ParameterType);
        return context => new(convert(make(context)));
    }

    private static Attribute? Attribute(ParameterInfo parameter) => parameter.GetCustomAttributes().FirstOrDefault(a =>
        a is SignalRConnectionInfoInputAttribute or SignalRNegotiationInputAttribute or SignalREndpointsInputAttribute);

    private Func<FunctionContext, object> Info(string? hubName, string? userId, string? idToken, string[]? claimTypes)
    {
        var hub = hubs.Of(hubName);
        var user = BindingExpression.Parse(userId);
        var token = BindingExpression.Parse(idToken);
        return context => infos.Create(
            hub, user?.Fill(context), ConnectionInfos.ClaimsOf(token?.Fill(context), claimTypes), Http(context));
    }

    private Func<FunctionContext, object> Negotiation(Func<FunctionContext, object> info) => context =>
        new SignalRNegotiationContext
        {
            Endpoints =
            [
                new SignalREndpointConnectionInfo
                {
                    Name = "",
                    Endpoint = infos.Endpoint(Http(context)),
                    EndpointType = SignalREndpointType.Primary,
                    Online = true,
                    ConnectionInfo = (SignalRConnectionInfo)info(context),
                },
            ],
        };

    private Func<FunctionContext, object> Endpoints(Hub _) => context => new[]
    {
        new SignalREndpoint
        {
            Name = "",
            Endpoint = infos.Endpoint(Http(context)),
            EndpointType = SignalREndpointType.Primary,
            Online = true,
        },
    };

    private Func<object, object?> To(Type type) => value =>
        type.IsInstanceOfType(value) ? value
        : type == typeof(string) ? JsonSerializer.Serialize(value, Wire)
        : serializer.Deserialize(JsonSerializer.Serialize(value, Wire), type);

    private static HttpContext? Http(FunctionContext context) => InvocationContext.Of(context).Http;
}

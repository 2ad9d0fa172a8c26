using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.SignalR;

namespace Tasklane.Emulator.Tests.SignalR;

/// <summary>The service alone on Kestrel, without functions: tests handle its upstream themselves.</summary>
internal sealed class ServiceHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ServiceHost(WebApplication app) => _app = app;

    public SignalRService Service => _app.Services.GetRequiredService<SignalRService>();

    public Upstream Upstream => _app.Services.GetRequiredService<Upstream>();

    public AccessTokens Tokens => _app.Services.GetRequiredService<AccessTokens>();

    public Hub Hub => Service.Hub("chat");

    public string Url => _app.Urls.Single();

    public static ServiceKey Key { get; } =
        ServiceKey.Load("Endpoint=http://localhost;AccessKey=0123456789abcdef0123456789abcdef;Version=1.0;", "", _ => { });

    public static async Task<ServiceHost> StartAsync(
        SignalRServiceOptions? options = null, Action<Upstream>? upstream = null, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddConnections();
        builder.Services.AddSingleton(options ?? new SignalRServiceOptions());
        builder.Services.AddSingleton(new AccessTokens(Key, TimeProvider.System));
        builder.Services.AddSingleton<SignalRService>();
        builder.Services.AddSingleton<Upstream>();
        builder.Services.AddSingleton<IHostEndpoints, ClientEndpoint>();
        builder.Services.AddSingleton<IHostEndpoints, RestApi>();
        var app = builder.Build();
        foreach (var endpoints in app.Services.GetServices<IHostEndpoints>())
            endpoints.Map(app);
        upstream?.Invoke(app.Services.GetRequiredService<Upstream>());
        await app.StartAsync();
        app.Services.GetRequiredService<SignalRService>().Start();
        return new ServiceHost(app);
    }

    public string ClientUrl(string hub = "chat") => $"{Url}/client/?hub={hub}";

    public string Token(string? user = null, string hub = "chat", params Claim[] claims) =>
        Tokens.Create(ClientUrl(hub), TimeSpan.FromMinutes(5), user, claims);

    public static ReadOnlyMemory<byte> Message(string target, params object[] arguments) =>
        HubMessages.Invocation(target, Array.ConvertAll(arguments, Json));

    public static RawJson Json(object value) => new(JsonSerializer.SerializeToUtf8Bytes(value));

    public async ValueTask DisposeAsync()
    {
        await Service.StopAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

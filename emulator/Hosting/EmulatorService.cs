using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Http;

namespace Tasklane.Emulator.Functions;

/// <summary>
/// Starts and stops the emulator with the app: first what functions depend on, and the triggers only once the app's
/// own services run and the server listens.
/// </summary>
internal sealed class EmulatorService(
    EmulatorEnvironment environment,
    FunctionCatalog catalog,
    HttpTriggers http,
    DurableHost durable,
    IServer server,
    ILoggerFactory loggers,
    IServiceProvider services)
    : IHostedLifecycleService
{
    private readonly ILogger _log = loggers.CreateLogger("Host.Startup");

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        RefuseTakenPort();
        catalog.Load();
        RefuseFunctionErrors();
        return Task.CompletedTask;
    }

    /// <summary>Registered first, so the engine runs before the server takes requests that schedule orchestrations.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await durable.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            // Another process has the data directory; the sentence says so.
            Refuse(e.Message);
        }
    }

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
            ?? throw new InvalidOperationException("The server has no address.");
        environment.BaseAddress = new UriBuilder(address) { Host = "localhost" }.Uri;
        foreach (var kind in catalog.Kinds)
            await kind.StartAsync(cancellationToken);
        LogFunctions();
        services.GetService<EmulatorLaunch>()?.ReportStarted(services);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        foreach (var kind in catalog.Kinds)
            await kind.StopAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => durable.StopAsync(cancellationToken);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>One clear sentence instead of Kestrel's stack trace.</summary>
    private void RefuseTakenPort()
    {
        if (environment.InProcess || environment.Port == 0)
            return;
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, environment.Port);
            probe.Start();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            Refuse($"Port {environment.Port} is unavailable. Close the process using that port, or specify another port "
                + "with --port or TASKLANE_EMULATOR_PORT.");
        }
    }

    private void RefuseFunctionErrors()
    {
        var errors = catalog.Functions.Where(f => f.Error is not null)
            .Select(f => $"The '{f.Name}' function is in error: {f.Error}")
            .ToArray();
        if (errors.Length > 0 && environment.FailOnFunctionErrors)
            Refuse(string.Join(Environment.NewLine, errors));
    }

    private void Refuse(string sentence)
    {
        if (environment.InProcess)
            throw new InvalidOperationException(sentence);
        Console.Error.WriteLine(sentence);
        Environment.Exit(1);
    }

    /// <summary>The list that `func start` shows.</summary>
    private void LogFunctions()
    {
        if (!_log.IsEnabled(LogLevel.Information))
            return;
        if (catalog.Functions.Count == 0)
        {
            _log.LogWarning("No functions found. A function is a public method with a [Function] attribute in a public class.");
            return;
        }
        var list = new StringBuilder("Functions:").AppendLine();
        foreach (var function in catalog.Functions.Where(f => f.Error is null).OrderBy(f => f.Name, StringComparer.OrdinalIgnoreCase))
        {
            var route = http.Routes.FirstOrDefault(r => r.Function == function);
            var how = route is null
                ? function.TriggerType
                : $"[{(route.Methods.Length == 0 ? "*" : string.Join(',', route.Methods))}] {environment.BaseAddress}{route.Full}";
            list.AppendLine().Append("    ").Append(function.Name).Append(": ").Append(how);
            if (function.IsDisabled)
                list.Append(" (disabled)");
        }
        _log.LogInformation("{Functions}", list.ToString());
    }
}

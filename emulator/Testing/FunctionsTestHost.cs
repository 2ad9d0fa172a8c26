using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Testing;

/// <summary>
/// A function app, unmodified, on a Functions host in this process: its own entry point runs, on a free port. Several can run side by
/// side; what they share is named in <see cref="FunctionsTestHostOptions"/>.
/// </summary>
public sealed class FunctionsTestHost : IAsyncDisposable
{
    private readonly FunctionsHost _host;
    private readonly string? _temporary;
    private readonly IServiceProvider? _services;

    private FunctionsTestHost(FunctionsHost host, string? temporary, IServiceProvider? services)
    {
        _host = host;
        _temporary = temporary;
        _services = services;
    }

    /// <summary>`http://localhost:PORT/`.</summary>
    public Uri BaseAddress => _host.Environment.BaseAddress!;

    /// <summary>The app's container, as its start-up code filled it.</summary>
    /// <exception cref="InvalidOperationException">The worker runs in a process of its own.</exception>
    public IServiceProvider Services =>
        _services ?? throw new InvalidOperationException("The worker runs in a process of its own, so its services cannot be reached.");

    /// <summary>The host's own container, for tests of the host.</summary>
    internal IServiceProvider HostServices => _host.Services;

    internal FunctionsHost Host => _host;

    /// <summary>Starts the app that a type belongs to; done when its functions are loaded and its triggers listen.</summary>
    /// <exception cref="FunctionsTestHostException">The app or the host does not start; the message says why.</exception>
    public static Task<FunctionsTestHost> StartAsync<TProgram>(
        Action<FunctionsTestHostOptions>? configure = null, CancellationToken cancellationToken = default) =>
        StartAsync(typeof(TProgram).Assembly, configure, cancellationToken);

    /// <inheritdoc cref="StartAsync{TProgram}"/>
    public static async Task<FunctionsTestHost> StartAsync(
        Assembly app, Action<FunctionsTestHostOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(app);
        var options = new FunctionsTestHostOptions();
        configure?.Invoke(options);
        var temporary = options.DataDirectory is null ? Directory.CreateTempSubdirectory("functions-test-host-").FullName : null;
        IServiceProvider? services = null;
        try
        {
            var host = await FunctionsHost.StartAsync(
                new FunctionsHostOptions
                {
                    AppPath = options.AppDirectory is { } folder ? Path.Combine(folder, Path.GetFileName(app.Location)) : app.Location,
                    AppAssembly = app,
                    AppDirectory = options.AppDirectory,
                    WorkerMode = options.OwnProcess ? WorkerMode.Process : WorkerMode.InProcess,
                    Port = options.Port,
                    DataDirectory = options.DataDirectory ?? temporary!,
                    Settings = new Dictionary<string, string>(options.Settings, StringComparer.OrdinalIgnoreCase),
                    Args = options.Args,
                    StrictReplay = options.StrictReplay,
                    FailOnFunctionErrors = options.FailOnFunctionErrors,
                    Only = options.Functions?.ToHashSet(StringComparer.OrdinalIgnoreCase),
                    WebRoot = options.WebRoot,
                    Time = options.TimeProvider,
                    IsTest = true,
                    ConfigureAppServices = options.ConfigureServices,
                    AppConnected = provider => services = provider,
                    ConfigureHostServices = options.ConfigureHostServices,
                },
                cancellationToken);
            return new FunctionsTestHost(host, temporary, services);
        }
        catch (Exception e) when (e is HostStartException or Worker.WorkerStartException)
        {
            Delete(temporary);
            throw new FunctionsTestHostException(e.Message, e);
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    /// <summary>A client whose base address is this host's.</summary>
    public HttpClient CreateClient() => new() { BaseAddress = BaseAddress };

    /// <summary>Runs a function by its name, with the data its trigger would bring, as text.</summary>
    /// <returns>What the function returned, as JSON or text; null for nothing.</returns>
    /// <exception cref="ArgumentException">There is no such function.</exception>
    /// <exception cref="FunctionsTestHostException">The function failed.</exception>
    public async Task<string?> InvokeAsync(string function, string? triggerData = null, CancellationToken cancellationToken = default)
    {
        var found = _host.Services.GetRequiredService<FunctionCatalog>().Find(function)
            ?? throw new ArgumentException($"The app has no function '{function}'.", nameof(function));
        try
        {
            var response = await _host.Services.GetRequiredService<FunctionInvoker>().InvokeAsync(
                new Invocation(found) { TriggerData = triggerData is null ? null : new TypedData { String = triggerData } }, cancellationToken);
            return response.ReturnValue?.DataCase switch
            {
                TypedData.DataOneofCase.String => response.ReturnValue.String,
                TypedData.DataOneofCase.Json => response.ReturnValue.Json,
                _ => null,
            };
        }
        catch (FunctionFailedException e)
        {
            throw new FunctionsTestHostException(e.Message, e);
        }
    }

    /// <summary>Stops as a SIGTERM would: running work gets its grace; done when the app has ended.</summary>
    public Task StopAsync() => _host.StopAsync();

    /// <summary>
    /// Drops everything as a killed process would: orchestrations keep what was committed and nothing else. The data directory, if
    /// one was given, can be started on again.
    /// </summary>
    public Task KillAsync() => _host.KillAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        Delete(_temporary);
    }

    private static void Delete(string? folder)
    {
        if (folder is not null && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}

/// <summary>The app, the host or a function did not do what a test asked for; the message says why.</summary>
public sealed class FunctionsTestHostException(string message, Exception? inner = null) : Exception(message, inner);

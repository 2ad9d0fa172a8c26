using System.Reflection;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator;

/// <summary>
/// A function app running inside this process, on its own port, for tests. The app's real entry point runs, so its
/// start-up code is under test too. Several can run at once.
/// </summary>
public sealed class EmulatorHost : IAsyncDisposable
{
    private readonly IServiceProvider _services;
    private readonly Task _program;
    private readonly string? _temporary;

    private EmulatorHost(IServiceProvider services, Task program, string? temporary)
    {
        _services = services;
        _program = program;
        _temporary = temporary;
        BaseAddress = services.GetRequiredService<EmulatorEnvironment>().BaseAddress!;
    }

    /// <summary>`http://localhost:PORT/`.</summary>
    public Uri BaseAddress { get; }

    /// <summary>The app's container, as its start-up code filled it.</summary>
    public IServiceProvider Services => _services;

    /// <summary>Schedules, finds and steers the app's orchestrations.</summary>
    public DurableTaskClient DurableTaskClient => _services.GetRequiredService<DurableHost>().Client;

    /// <summary>Starts the app of an assembly by its entry point; done when it listens.</summary>
    /// <exception cref="InvalidOperationException">The start was refused: a function in error, say.</exception>
    public static Task<EmulatorHost> StartAsync(
        Assembly app, EmulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(app);
        var entryPoint = app.EntryPoint ?? throw new ArgumentException($"{app.GetName().Name} has no entry point.", nameof(app));
        options ??= new EmulatorOptions();
        var types = options.FunctionTypes ?? FunctionDiscovery.TypesOf(app);
        return StartAsync(() => Call(entryPoint, options.Args), options, types, cancellationToken);
    }

    /// <summary>Starts a program given as a delegate; <see cref="EmulatorOptions.FunctionTypes"/> says what it consists of.</summary>
    public static Task<EmulatorHost> StartAsync(
        Action<string[]> program, EmulatorOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(options);
        return StartAsync(() => program(options.Args), options, options.FunctionTypes ?? [], cancellationToken);
    }

    /// <summary>A client whose base address is this host's.</summary>
    public HttpClient CreateClient() => new() { BaseAddress = BaseAddress };

    /// <summary>Stops as a SIGTERM would: running work gets its grace; done when the program has ended.</summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        _services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await _program.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Drops everything as a killed process would: orchestrations keep what was committed and nothing else, running work
    /// is not waited for, though it may notice that the application is stopping. The data directory, if one was given, can
    /// be started on again.
    /// </summary>
    public async Task KillAsync()
    {
        await _services.GetRequiredService<DurableHost>().AbandonAsync();
        _services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout = TimeSpan.FromMilliseconds(1);
        _services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        try
        {
            await _program;
        }
        catch (Exception)
        {
            // It is told that it was not stopped in time, which is what a kill means.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_program.IsCompleted)
            await StopAsync();
        if (_temporary is not null)
            Directory.Delete(_temporary, recursive: true);
    }

    private static async Task<EmulatorHost> StartAsync(
        Action program, EmulatorOptions options, IReadOnlyList<Type> types, CancellationToken cancellationToken)
    {
        var temporary = options.DataDirectory is null ? Directory.CreateTempSubdirectory("tasklane-emulator-").FullName : null;
        var launch = new EmulatorLaunch(options, types, options.DataDirectory ?? temporary!);
        var running = Run(program, launch);
        try
        {
            return new EmulatorHost(await launch.Started.WaitAsync(cancellationToken), running, temporary);
        }
        catch when (temporary is not null)
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    /// <summary>Runs the program on a thread of its own, since most block it until they are stopped.</summary>
    private static Task Run(Action program, EmulatorLaunch launch)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            EmulatorLaunch.Current = launch;
            try
            {
                program();
                launch.ReportEnd();
                ended.SetResult();
            }
            catch (Exception e)
            {
                launch.ReportFailure(e);
                ended.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = "function app",
        };
        thread.Start();
        return ended.Task;
    }

    private static void Call(MethodInfo entryPoint, string[] args)
    {
        var result = entryPoint.Invoke(
            null, BindingFlags.DoNotWrapExceptions, null, entryPoint.GetParameters().Length == 0 ? [] : [args], null);
        (result as Task)?.GetAwaiter().GetResult();
    }
}

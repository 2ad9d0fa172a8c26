using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Http;

/// <summary>One host of an app for a class of tests, its worker in this process or in its own.</summary>
public abstract class WebHost(Assembly app, bool ownProcess, string prefix) : IAsyncLifetime
{
    private FunctionsTestHost? _host;

    public FunctionsTestHost Host => _host!;

    public HttpClient Http { get; private set; } = null!;

    internal MailOutput Mail { get; } = new();

    public async ValueTask InitializeAsync()
    {
        _host = await StartAsync(app, ownProcess, options =>
        {
            options.Functions = [.. FunctionsOf(app, prefix)];
            options.ConfigureHostServices = services => services.AddSingleton<IOutputKind>(Mail);
        });
        Http = Client(_host);
    }

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        if (_host is not null)
            await _host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A client that keeps no cookies and follows nothing.</summary>
    public static HttpClient Client(FunctionsTestHost host) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = host.BaseAddress };

    /// <summary>Done when no invocation of a function is under way.</summary>
    public async Task EndedAsync(string function)
    {
        var journal = Host.HostServices.GetRequiredService<InvocationJournal>();
        while (journal.Running.Any(entry => entry.Function == function))
            await Task.Yield();
    }

    public static Task<FunctionsTestHost> StartAsync(Assembly app, bool ownProcess, Action<FunctionsTestHostOptions> configure) =>
        FunctionsTestHost.StartAsync(
            app,
            options =>
            {
                // Its own output: its host.json and functions.metadata, and not another app's.
                options.AppDirectory = BuiltApps.Output($"tests/Apps/{app.GetName().Name}");
                options.OwnProcess = ownProcess;
                configure(options);
            },
            TestContext.Current.CancellationToken);

    /// <summary>The names of an app's functions that begin so.</summary>
    public static IEnumerable<string> FunctionsOf(Assembly app, string prefix) => app.GetTypes()
        .SelectMany(type => type.GetMethods())
        .Select(method => method.GetCustomAttribute<Microsoft.Azure.Functions.Worker.FunctionAttribute>()?.Name)
        .OfType<string>()
        .Where(name => name.StartsWith(prefix, StringComparison.Ordinal));
}

public sealed class WebInProcess() : WebHost(typeof(Probe.Program).Assembly, false, "Web");

public sealed class WebOwnProcess() : WebHost(typeof(Probe.Program).Assembly, true, "Web");

public sealed class PlainInProcess() : WebHost(typeof(PlainProbe.Program).Assembly, false, "");

public sealed class PlainOwnProcess() : WebHost(typeof(PlainProbe.Program).Assembly, true, "");

/// <summary>An output like any room's: it remembers what it was given, and can fail.</summary>
internal sealed class MailOutput : IOutputKind
{
    public ConcurrentQueue<string> Sent { get; } = new();

    public string Type => "mail";

    public OutputWriter Bind(HostFunction function, FunctionBinding binding)
    {
        var box = binding.Text("box");
        return (value, _) =>
        {
            var text = value.DataCase == TypedData.DataOneofCase.String ? value.String : value.ToString();
            if (text == "closed")
                throw new InvalidOperationException("the post is closed");
            Sent.Enqueue($"{box}:{text}");
            return ValueTask.CompletedTask;
        };
    }
}

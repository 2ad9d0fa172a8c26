using System.Globalization;
using System.Runtime.InteropServices;
using Tasklane.Emulator.Worker;

namespace Tasklane.Emulator;

/// <summary>The executable: `Tasklane.Emulator --app PATH/App.dll [options] [-- arguments of the app]`.</summary>
internal static class CommandLine
{
    private const string Prefix = "TASKLANE_EMULATOR_";

    private const string Usage =
        """
        Runs an isolated .NET function app: Tasklane.Emulator --app PATH/App.dll [options] [-- arguments for the app]

          --app FILE          the app's assembly, in its build output
          --port N            the port on 127.0.0.1 (7071; 0 takes a free one)         TASKLANE_EMULATOR_PORT
          --data DIR          where the host keeps its data (.tasklane)                 TASKLANE_EMULATOR_DATA
          --worker WHERE      in-process (default), or process: as the real host        TASKLANE_EMULATOR_WORKER
          --web-root DIR      a built web app to serve at /                             TASKLANE_EMULATOR_WEBROOT
          --strict-replay     replay every orchestration from its whole history, always TASKLANE_EMULATOR_STRICT_REPLAY
        """;

    /// <returns>0 after a stop that was asked for; 1 when the host could not start or its worker went; 2 for a wrong command line.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        FunctionsHostOptions options;
        try
        {
            if (args is ["--help" or "-h" or "help"])
            {
                Console.WriteLine(Usage);
                return 0;
            }

            options = Parse(args);
        }
        catch (ArgumentException e)
        {
            await Console.Error.WriteLineAsync(e.Message + Environment.NewLine + Environment.NewLine + Usage);
            return 2;
        }

        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            await using var host = await FunctionsHost.StartAsync(options);
            Console.WriteLine($"Listening on {host.Environment.BaseAddress}");
            var ended = await Task.WhenAny(stop.Task, host.WorkerGone);
            if (ended != host.WorkerGone)
                return 0;
            await Console.Error.WriteLineAsync(await host.WorkerGone);
            return 1;
        }
        catch (Exception e) when (e is HostStartException or WorkerStartException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.TrySetResult();
        }
    }

    private static FunctionsHostOptions Parse(string[] args)
    {
        var values = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["app"] = Setting("APP"),
            ["port"] = Setting("PORT"),
            ["data"] = Setting("DATA"),
            ["worker"] = Setting("WORKER"),
            ["web-root"] = Setting("WEBROOT"),
        };
        var strict = Setting("STRICT_REPLAY") is "1" or "true" or "True";
        string[] rest = [];
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--")
            {
                rest = args[(i + 1)..];
                break;
            }

            if (args[i] == "--strict-replay")
            {
                strict = true;
                continue;
            }

            var name = args[i].StartsWith("--", StringComparison.Ordinal) ? args[i][2..] : "";
            if (!values.ContainsKey(name))
                throw new ArgumentException($"There is no option '{args[i]}'.");
            values[name] = ++i < args.Length ? args[i] : throw new ArgumentException($"--{name} wants a value.");
        }

        var app = values["app"] ?? throw new ArgumentException("--app names the app's assembly; it is missing.");
        if (!File.Exists(app))
            throw new ArgumentException($"--app: there is no file {Path.GetFullPath(app)}.");
        if (values["web-root"] is { Length: > 0 } site && !Directory.Exists(site))
            throw new ArgumentException($"--web-root: there is no folder {Path.GetFullPath(site)}.");
        return new FunctionsHostOptions
        {
            AppPath = app,
            Port = Port(values["port"]),
            DataDirectory = values["data"] is { Length: > 0 } data ? data : ".tasklane",
            WorkerMode = values["worker"] switch
            {
                null or "" or "in-process" => WorkerMode.InProcess,
                "process" => WorkerMode.Process,
                var other => throw new ArgumentException($"--worker is in-process or process, not '{other}'."),
            },
            WebRoot = values["web-root"] is { Length: > 0 } folder ? Path.GetFullPath(folder) : null,
            StrictReplay = strict,
            Args = rest,
        };
    }

    private static int? Port(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        return int.TryParse(text, CultureInfo.InvariantCulture, out var port) && port is >= 0 and <= 65535
            ? port
            : throw new ArgumentException($"--port wants a number from 0 to 65535, not '{text}'.");
    }

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(Prefix + name);
}

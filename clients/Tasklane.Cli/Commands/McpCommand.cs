using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Protocol;
using Tasklane.Cli.Mcp;

namespace Tasklane.Cli.Commands;

internal static class McpCommand
{
    private const string Instructions = """
        Tasklane runs slow work in the background. List the task types first: each has a JSON Schema that a payload must fit. Create a task, then wait for
        it; waiting ends after a while even if the task has not, and can be asked for again. A task that failed says why.
        """;

    public static Command Build()
    {
        var command = new Command("mcp", "Serve the Model Context Protocol on standard input and output, for assistants: tasks as tools, under your sign-in.");
        command.Run(async (_, client, cancellation) =>
        {
            // Nothing of the surroundings but what is said here: standard output belongs to the protocol.
            var builder = Host.CreateEmptyApplicationBuilder(null);
            builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
            builder.Services.AddSingleton(client);
            builder.Services
                .AddMcpServer(server =>
                {
                    server.ServerInfo = new Implementation { Name = "tasklane", Version = typeof(McpCommand).Assembly.GetName().Version!.ToString(3) };
                    server.ServerInstructions = Instructions;
                })
                .WithStdioServerTransport()
                .WithTools<TaskTools>();
            using var host = builder.Build();
            await host.RunAsync(cancellation);
            return ExitCodes.Ok;
        });
        return command;
    }
}

using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Telemetry;

/// <summary>
/// Traces and metrics by OpenTelemetry, sent to where the usual settings say: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> (with <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>
/// and the others of the specification), <c>APPLICATIONINSIGHTS_CONNECTION_STRING</c>, or both. Without them nothing is collected.
/// Azure Monitor is signed in to as <c>APPLICATIONINSIGHTS_AUTHENTICATION_STRING</c> says, <see cref="AzureMonitorCredential"/>.
/// </summary>
public static class TelemetryRegistration
{
    private const string Otlp = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string AzureMonitorSignIn = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";
    private const string AzureMonitor = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    /// <summary>After the stores: theirs is put behind spans.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        var (toOtlp, toAzure) = (configuration[Otlp] is { Length: > 0 }, configuration[AzureMonitor] is { Length: > 0 });
        // A method of its own: where nothing is sent, nothing of the libraries is loaded at the start.
        return toOtlp || toAzure ? Add(services, toOtlp, toAzure, configuration[AzureMonitorSignIn]) : services;
    }

    private static IServiceCollection Add(IServiceCollection services, bool toOtlp, bool toAzure, string? signIn)
    {
        var credential = AzureMonitorCredential.Parse(signIn);
        services.AddOpenTelemetry()
            .UseFunctionsWorkerDefaults()
            .WithTracing(traces =>
            {
                traces.AddSource(TaskTelemetry.Name, "Microsoft.DurableTask", "Npgsql", "MySqlConnector").AddHttpClientInstrumentation();
                if (toOtlp)
                    traces.AddOtlpExporter();
                if (toAzure)
                    traces.AddAzureMonitorTraceExporter(to => to.Credential = credential);
            })
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(TaskTelemetry.Name, "Npgsql", "MySqlConnector").AddHttpClientInstrumentation().AddRuntimeInstrumentation();
                if (toOtlp)
                    metrics.AddOtlpExporter();
                if (toAzure)
                    metrics.AddAzureMonitorMetricExporter(to => to.Credential = credential);
            });
        Trace(services);
        return services;
    }

    private static void Trace(IServiceCollection services)
    {
        var inner = services.Last(service => service.ServiceType == typeof(ITaskStore));
        services.Remove(inner);
        services.AddSingleton(provider =>
        {
            var store = inner.ImplementationFactory is { } make
                ? (ITaskStore)make(provider)
                : (ITaskStore)ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!);
            return TracedStore.Over(store, SystemOf(provider.GetRequiredService<TasklaneOptions>().Store));
        });
    }

    private static string SystemOf(string store) => store == "postgres" ? "postgresql" : store;
}

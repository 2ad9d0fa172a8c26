using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Tasklane.Tasks;

namespace Tasklane.Infra.Tests;

/// <summary>What is set on Azure is what the app and its host read, and all that they need.</summary>
public sealed partial class SettingsTests(Profiles profiles)
{
    /// <summary>Read by the host, the platform or a library; each with who reads it.</summary>
    private static readonly Dictionary<string, string> ReadByOthers = new()
    {
        ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = "the host, and functions/Telemetry",
        ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = "the host, and functions/Telemetry",
        ["AZURE_CLIENT_ID"] = "Azure.Identity",
        ["AZURE_TOKEN_CREDENTIALS"] = "Azure.Identity",
        ["OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID"] = "App Service authentication",
    };

    [Theory, MemberData(nameof(Profiles.Names), MemberType = typeof(Profiles))]
    public void Every_setting_is_read_by_somebody(string name)
    {
        var settings = profiles[name].Settings;
        var connections = Connections().ToHashSet(StringComparer.Ordinal);
        foreach (var (setting, value) in settings)
        {
            var isRead = ReadByOthers.ContainsKey(setting)
                || setting.StartsWith("Tasklane__", StringComparison.Ordinal) // the app's own check, below
                || connections.Contains(setting.Split("__")[0])
                || setting.StartsWith("AzureFunctionsJobHost__", StringComparison.Ordinal)
                || settings.Values.Contains(setting); // named by another: the scheduler's connection
            Assert.True(isRead, $"Nobody reads {setting} ({value}).");
        }
        Assert.Empty(UnknownSettings.In(Configuration(name)));
    }

    [Theory, MemberData(nameof(Profiles.Names), MemberType = typeof(Profiles))]
    public void The_app_starts_with_them(string name)
    {
        var errors = new StringWriter();
        Assert.True(SettingsCheck.Passes(Configuration(name), errors), errors.ToString());
        var options = Configuration(name).GetSection("Tasklane").Get<TasklaneOptions>()!;
        Assert.Equal((profiles[name].Store, "entra"), (options.Store, options.SignIn));
        Assert.True(options.Intake is { Queue: true, Blobs: "events" });
    }

    [Theory, MemberData(nameof(Profiles.Names), MemberType = typeof(Profiles))]
    public void Every_connection_that_a_binding_names_is_one_by_identity(string name)
    {
        var settings = profiles[name].Settings;
        Assert.All(Connections(), connection =>
        {
            Assert.DoesNotContain(connection, settings.Keys);
            Assert.Contains(settings.Keys, one => one == $"{connection}__accountName" || one == $"{connection}__serviceUri");
            Assert.Equal("managedidentity", settings[$"{connection}__credential"]);
            Assert.Contains(".clientId", settings[$"{connection}__clientId"], StringComparison.Ordinal);
        });
    }

    [Theory, MemberData(nameof(Profiles.Names), MemberType = typeof(Profiles))]
    public void What_overrides_host_json_overrides_something_that_is_there_or_names_the_provider(string name)
    {
        var settings = profiles[name].Settings;
        var host = JsonNode.Parse(File.ReadAllText(Path.Combine(Bicep.Root, "host.json")))!;
        foreach (var setting in settings.Keys.Where(one => one.StartsWith("AzureFunctionsJobHost__", StringComparison.Ordinal)))
        {
            var path = setting.Split("__")[1..];
            JsonNode? node = host;
            foreach (var step in path[..^1])
                node = node?[step];
            Assert.True(node is JsonObject, $"{setting} leads nowhere in host.json.");
            Assert.True(node[path[^1]] is not null || path[^1] is "type" or "connectionStringName", $"{setting} is no setting of host.json.");
        }
        var provider = settings["AzureFunctionsJobHost__extensions__durableTask__storageProvider__type"];
        Assert.Equal(name.StartsWith("redis", StringComparison.Ordinal) ? "azureManaged" : "AzureStorage", provider);
        if (provider == "azureManaged")
        {
            var connection = settings[settings["AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName"]];
            Assert.Contains("Authentication=ManagedIdentity;ClientID=", connection, StringComparison.Ordinal);
            Assert.Equal("tasklane", settings["AzureFunctionsJobHost__extensions__durableTask__hubName"]);
            Assert.EndsWith("/tasklane", Profile.Text_(Assert.Single(profiles[name].OfType("Microsoft.DurableTask/schedulers/taskHubs"))["name"]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_sample_of_local_settings_has_only_what_is_read()
    {
        var values = JsonNode.Parse(File.ReadAllText(Path.Combine(Bicep.Root, "local.settings.sample.json")))!["Values"]!.AsObject();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values.Select(one =>
            KeyValuePair.Create(one.Key.Replace("__", ":", StringComparison.Ordinal), (string?)one.Value!.ToString()))).Build();
        Assert.Empty(UnknownSettings.In(configuration));
        Assert.All(Connections(), connection => Assert.Contains(connection, values.Select(one => one.Key)));
    }

    [Fact]
    public async Task The_page_of_settings_says_what_the_options_classes_say()
    {
        var start = new System.Diagnostics.ProcessStartInfo("node", [Path.Combine(Bicep.Root, "scripts", "settings.mjs"), "--check"]) { RedirectStandardError = true };
        using var node = System.Diagnostics.Process.Start(start)!;
        var said = await node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (node.ExitCode, said));
    }

    [Fact]
    public void The_page_of_settings_has_every_option_that_the_app_binds()
    {
        var page = File.ReadAllText(Path.Combine(Bicep.Root, "docs", "settings.md"));
        Assert.All(Options(typeof(TasklaneOptions), "Tasklane__"), name => Assert.Contains($"| `{name}", page, StringComparison.Ordinal));

        static IEnumerable<string> Options(Type type, string prefix) => type.GetProperties().Where(one => one.CanWrite).SelectMany(one =>
            one.PropertyType.Namespace == typeof(TasklaneOptions).Namespace ? Options(one.PropertyType, $"{prefix}{one.Name}__") : [prefix + one.Name]);
    }

    /// <summary>The settings that attributes of the app's functions name, or that their extensions take when they name none.</summary>
    private static List<string> Connections()
    {
        var found = new HashSet<string>(StringComparer.Ordinal) { "AzureWebJobsStorage" }; // the host itself, timers, queues, blobs
        foreach (var method in typeof(TasklaneOptions).Assembly.GetTypes().SelectMany(type => type.GetMethods()).Where(one => one.IsDefined(typeof(FunctionAttribute))))
        {
            var attributes = method.GetParameters().SelectMany(one => one.GetCustomAttributes()).Concat(method.GetCustomAttributes())
                .Concat(method.ReturnType.GetProperties().SelectMany(one => one.GetCustomAttributes()));
            foreach (var attribute in attributes)
            {
                var property = attribute.GetType().GetProperty("Connection") ?? attribute.GetType().GetProperty("ConnectionStringSetting");
                if (property?.GetValue(attribute) is string { Length: > 0 } named)
                    found.Add(named);
                if (attribute.GetType().Name.StartsWith("SignalR", StringComparison.Ordinal))
                    found.Add("AzureSignalRConnectionString");
            }
        }
        Assert.Contains("AzureSignalRConnectionString", found);
        return [.. found];
    }

    /// <summary>The settings as the app reads them; what Azure works out later stands as an example.</summary>
    private IConfiguration Configuration(string name) => new ConfigurationBuilder().AddInMemoryCollection(profiles[name].Settings.Select(one =>
        KeyValuePair.Create(one.Key.Replace("__", ":", StringComparison.Ordinal), (string?)Expression().Replace(one.Value, "worked-out-by-azure")))).Build();

    [GeneratedRegex(@"^\[.*\]$")]
    private static partial Regex Expression();
}

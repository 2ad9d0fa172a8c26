using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Tasklane.Infra.Tests;

/// <summary>No key, no password, nothing older than TLS 1.2, and no more rights than are needed.</summary>
public sealed class KeylessTests(Profiles profiles)
{
    [Theory, MemberData(nameof(Profiles.Names), MemberType = typeof(Profiles))]
    public void No_service_lets_anybody_in_by_a_key_or_a_password(string name)
    {
        var profile = profiles[name];
        Assert.Equal("false", profile.Property("Microsoft.Storage/storageAccounts", "allowSharedKeyAccess"));
        Assert.Equal("false", profile.Property("Microsoft.Storage/storageAccounts", "allowBlobPublicAccess"));
        Assert.Equal("true", profile.Property("Microsoft.SignalRService/signalR", "disableLocalAuth"));
        Assert.Equal("true", profile.Property("Microsoft.Insights/components", "DisableLocalAuth"));
        Assert.Equal("true", profile.Property("Microsoft.OperationalInsights/workspaces", "features.disableLocalAuth"));
        Assert.Equal("true", profile.Property("Microsoft.KeyVault/vaults", "enableRbacAuthorization"));
        Assert.All(profile.OfType("Microsoft.Web/sites/basicPublishingCredentialsPolicies"), one => Assert.Equal("false", Profile.Text_(one["properties"]!["allow"])));
        if (profile.Store == "redis")
        {
            Assert.Equal("Disabled", profile.Property("Microsoft.Cache/redisEnterprise/databases", "accessKeysAuthentication"));
        }
        else
        {
            Assert.Equal("Disabled", profile.Property("Microsoft.DBforPostgreSQL/flexibleServers", "authConfig.passwordAuth"));
            Assert.Equal("Enabled", profile.Property("Microsoft.DBforPostgreSQL/flexibleServers", "authConfig.activeDirectoryAuth"));
        }
    }

    [Theory, MemberData(nameof(Profiles.Names), MemberType = typeof(Profiles))]
    public void No_connection_is_older_than_TLS_1_2_or_without_it(string name)
    {
        var profile = profiles[name];
        Assert.Equal("TLS1_2", profile.Property("Microsoft.Storage/storageAccounts", "minimumTlsVersion"));
        Assert.Equal("true", profile.Property("Microsoft.Storage/storageAccounts", "supportsHttpsTrafficOnly"));
        Assert.Equal("true", profile.Property("Microsoft.Web/sites", "httpsOnly"));
        Assert.Equal("1.2", profile.Property("Microsoft.Web/sites", "siteConfig.minTlsVersion"));
        Assert.Equal("1.2", profile.Property("Microsoft.Web/sites", "siteConfig.scmMinTlsVersion"));
        Assert.Equal("Disabled", profile.Property("Microsoft.Web/sites", "siteConfig.ftpsState"));
        if (profile.Store == "redis")
        {
            Assert.Equal("1.2", profile.Property("Microsoft.Cache/redisEnterprise", "minimumTlsVersion"));
            Assert.Equal("Encrypted", profile.Property("Microsoft.Cache/redisEnterprise/databases", "clientProtocol"));
            Assert.Contains(",ssl=true,", profile.Settings["Tasklane__Redis"], StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal("TLSv1.2", profile.Property("Microsoft.DBforPostgreSQL/flexibleServers/configurations", "value"));
            Assert.Contains("SSL Mode=VerifyFull", profile.Settings["Tasklane__Postgres"], StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(Profiles.Names), MemberType = typeof(Profiles))]
    public void Nothing_asks_for_a_key_and_no_output_or_setting_has_a_secret(string name)
    {
        var profile = profiles[name];
        Assert.DoesNotMatch(new Regex(@"\blist(Keys|Secrets?|ConnectionStrings|AccountSas|ServiceSas|Credentials)\w*\(", RegexOptions.IgnoreCase), profiles.Template + profile.Text);
        // The one secret is a parameter whose value is shown nowhere, and the vault's alone.
        Assert.DoesNotContain("made-by-each-deployment", profile.Text, StringComparison.Ordinal);
        Assert.Equal(["Microsoft.KeyVault/vaults/secrets"], profile.Resources.Where(one => Regex.IsMatch(one.ToJsonString(), @"parameters\(.{1,6}passKey.{1,6}\)")).Select(one => Profile.Text_(one["type"])));
        Assert.StartsWith("[format('@Microsoft.KeyVault(SecretUri=", profile.Settings["Tasklane__PassKey"], StringComparison.Ordinal);
        Assert.All(profile.Settings, one => Assert.DoesNotMatch(new Regex("(AccountKey|SharedAccessKey|AccessKey|Password|Pwd)=", RegexOptions.IgnoreCase), one.Value));
    }

    [Theory, MemberData(nameof(Profiles.Names), MemberType = typeof(Profiles))]
    public void Every_role_is_one_that_is_known_on_one_resource_with_its_reason(string name)
    {
        Dictionary<string, string> known = new()
        {
            ["3913510d-42f4-4e42-8a64-420c390055eb"] = "Microsoft.Insights/components",
            ["b7e6dc6d-f1e8-4753-8033-0f276bb0955b"] = "Microsoft.Storage/storageAccounts",
            ["974c5e8b-45b9-4653-ba55-00f855dd0fb4"] = "Microsoft.Storage/storageAccounts",
            ["0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"] = "Microsoft.Storage/storageAccounts",
            ["4633458b-17de-408a-b874-0445c86b69e6"] = "Microsoft.KeyVault/vaults",
            ["7e4f1700-ea5a-4f59-8f37-079cfe29dce3"] = "Microsoft.SignalRService/signalR",
            ["0ad04412-c4d5-4796-b79c-f76d14c8d402"] = "Microsoft.DurableTask/schedulers",
        };
        var roles = profiles[name].OfType("Microsoft.Authorization/roleAssignments").ToList();
        Assert.Equal(name.StartsWith("redis", StringComparison.Ordinal) ? known.Count : known.Count - 1, roles.Count);
        Assert.All(roles, role =>
        {
            var properties = role["properties"]!;
            var definition = Profile.Text_(properties["roleDefinitionId"]).Split('/')[^1];
            Assert.True(known.TryGetValue(definition, out var on), $"{definition} is given, and this test does not know what for.");
            // Its id says what it is on: the whole way down to a service, not the group or the subscription.
            Assert.Contains($"/resourceGroups/rg-{name}/providers/{on}/", Profile.Text_(role["id"]).Split("'Microsoft.Authorization/roleAssignments'")[0], StringComparison.Ordinal);
            Assert.Equal("ServicePrincipal", Profile.Text_(properties["principalType"]));
            Assert.True(Profile.Text_(properties["description"]).Length > 20);
        });
    }

    [Theory, MemberData(nameof(Profiles.Names), MemberType = typeof(Profiles))]
    public void In_a_network_every_service_is_reached_by_a_private_endpoint_alone(string name)
    {
        var profile = profiles[name];
        string[] services = ["Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults", .. profile.Store == "redis"
            ? ["Microsoft.Cache/redisEnterprise", "Microsoft.DurableTask/schedulers"] : Array.Empty<string>()];
        Assert.All(services, service => Assert.Equal(profile.IsPrivate ? "Disabled" : "Enabled", profile.Property(service, "publicNetworkAccess")));
        if (profile.Store == "postgres")
            Assert.Equal(profile.IsPrivate ? "Disabled" : "Enabled", profile.Property("Microsoft.DBforPostgreSQL/flexibleServers", "network.publicNetworkAccess"));
        var subnet = Assert.Single(profile.OfType("Microsoft.Web/sites"))["properties"]!["virtualNetworkSubnetId"];
        if (!profile.IsPrivate)
        {
            Assert.Null(subnet);
            Assert.DoesNotContain("Microsoft.Network/", profile.Text, StringComparison.Ordinal);
            return;
        }
        Assert.NotNull(subnet);
        // The service's door for the app is shut; browsers come by the other one.
        Assert.Equal("Deny", profile.Property("Microsoft.SignalRService/signalR", "networkACLs.defaultAction"));
        Assert.Equal("""["ClientConnection"]""", profile.Property("Microsoft.SignalRService/signalR", "networkACLs.publicNetwork.allow"));
        var reached = profile.OfType("Microsoft.Network/privateEndpoints")
            .Select(one => Profile.Text_(one["properties"]!["privateLinkServiceConnections"]![0]!["properties"]!["groupIds"]![0])).Order().ToArray();
        string[] expected = profile.Store == "redis"
            ? ["blob", "queue", "redisEnterprise", "scheduler", "signalr", "table", "vault"] : ["blob", "postgresqlServer", "queue", "signalr", "table", "vault"];
        Assert.Equal(expected, reached);
    }

    [Theory, MemberData(nameof(Profiles.Names), MemberType = typeof(Profiles))]
    public void Sign_in_is_on_and_everything_has_its_tags(string name)
    {
        var profile = profiles[name];
        var signIn = Assert.Single(profile.OfType("Microsoft.Web/sites/config"), one => Profile.Text_(one["name"]).EndsWith("/authsettingsV2", StringComparison.Ordinal))["properties"]!;
        Assert.Equal("true", Profile.Text_(signIn["platform"]!["enabled"]));
        Assert.Equal("true", Profile.Text_(signIn["identityProviders"]!["azureActiveDirectory"]!["enabled"]));
        // What stands for a secret is the name of a setting that is there and has an identity's id.
        var setting = Profile.Text_(signIn["identityProviders"]!["azureActiveDirectory"]!["registration"]!["clientSecretSettingName"]);
        Assert.Contains(".clientId", profile.Settings[setting], StringComparison.Ordinal);
        Assert.All(profile.Resources.Where(one => one["location"] is not null && one["tags"] is not null), one => Assert.Equal(name, Profile.Text_(one["tags"]!["azd-env-name"])));
        Assert.Equal(["api", "web"], profile.Resources.Select(one => one["tags"]?["azd-service-name"]).OfType<JsonNode>().Select(Profile.Text_).Order());
    }
}

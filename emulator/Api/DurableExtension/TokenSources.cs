using System.Text.Json.Serialization;

namespace Microsoft.Azure.Functions.Worker.Extensions.DurableTask;

/// <summary>Where a durable HTTP request gets its bearer token.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ManagedIdentityTokenSource), "AzureManagedIdentity")]
public abstract class TokenSource
{
    private protected TokenSource(string resource) => Resource = resource;

    /// <summary>Whom the token is for.</summary>
    [JsonPropertyName("resource")]
    public string Resource { get; }
}

/// <summary>A token of the app's managed identity.</summary>
public class ManagedIdentityTokenSource(string resource, ManagedIdentityOptions? options = null) : TokenSource(resource)
{
    [JsonPropertyName("options")]
    public ManagedIdentityOptions? Options { get; } = options;
}

/// <summary>Which identity, when not the usual one.</summary>
public class ManagedIdentityOptions(Uri? authorityHost = null, string? tenantId = null)
{
    [JsonPropertyName("authorityhost")]
    public Uri? AuthorityHost { get; set; } = authorityHost;

    [JsonPropertyName("tenantid")]
    public string? TenantId { get; set; } = tenantId;
}

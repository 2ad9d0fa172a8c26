using Azure.Core;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Tasklane.Testbed;

namespace Tasklane.Stores.Tests.Entra;

/// <summary>An identity whose tokens say what Entra's say of it, each other than the last, and end after an hour of the test's clock.</summary>
internal sealed class Identity(ManualTimeProvider time) : TokenCredential
{
    public const string ObjectId = "5b4e2d6c-0c5d-4f0e-9d0f-1f2a3b4c5d6e";

    private int _issued;

    public bool IsAway { get; set; }

    public List<string> Scopes { get; } = [];

    /// <summary>The token of that number, from 1.</summary>
    public static string Token(int number) => new JsonWebTokenHandler().CreateToken(
        $$"""{"oid":"{{ObjectId}}","n":{{number}}}""",
        new SigningCredentials(new SymmetricSecurityKey(new byte[32]), SecurityAlgorithms.HmacSha256));

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        if (IsAway)
            throw new Azure.Identity.CredentialUnavailableException("There is no identity here.");
        lock (Scopes) Scopes.AddRange(requestContext.Scopes);
        return new AccessToken(Token(Interlocked.Increment(ref _issued)), time.GetUtcNow().AddHours(1));
    }

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        new(GetToken(requestContext, cancellationToken));
}

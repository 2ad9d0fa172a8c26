using Azure.Core;
using Npgsql;

namespace Tasklane.Stores.Entra;

/// <summary>Signs PostgreSQL connections in with Entra tokens. A token is asked for when a connection is made; one that stands outlives its token.</summary>
internal static class EntraPostgres
{
    private static readonly TokenRequestContext _scope = new(["https://ossrdbms-aad.database.windows.net/.default"]);

    /// <summary>The credential keeps a token until it ends, so that this is asked of the network once an hour.</summary>
    public static void SignInWith(this NpgsqlDataSourceBuilder builder, TokenCredential credential) => builder.UsePasswordProvider(
        _ => credential.GetToken(_scope, CancellationToken.None).Token,
        async (_, cancellation) => (await credential.GetTokenAsync(_scope, cancellation)).Token);
}

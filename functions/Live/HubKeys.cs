using System.Net.Http.Headers;
using System.Net.Http.Json;
using Azure.Core;
using Microsoft.IdentityModel.Tokens;

namespace Tasklane.Live;

/// <summary>
/// Keys of a SignalR service that knows no lasting ones: it lends one for two hours to whoever shows an Entra token with the role SignalR
/// Service Owner (<c>GET /api/v1/auth/accessKey</c>). Clients' tokens are signed with it here, so that a negotiate asks nobody.
/// </summary>
internal sealed class HubKeys(HubService service, TokenCredential credential, IHttpClientFactory clients, TimeProvider time)
{
    private static readonly TokenRequestContext _scope = new(["https://signalr.azure.com/.default"]);

    /// <summary>From here on another is asked for, and the old one is used while there is no answer.</summary>
    private static readonly TimeSpan _fresh = TimeSpan.FromMinutes(55);

    private static readonly TimeSpan _good = TimeSpan.FromMinutes(110);

    private readonly Lock _gate = new();
    private Task<Loan>? _borrowing;
    private volatile Loan? _loan;

    /// <summary>The key that clients' tokens are signed with.</summary>
    /// <exception cref="HttpRequestException">The service lends none, and the last one is no longer good.</exception>
    public async Task<SigningCredentials> KeyAsync(CancellationToken cancellation)
    {
        if (_loan is { } loan && Age(loan) < _fresh)
            return loan.Key;
        Task<Loan> borrowing;
        lock (_gate)
        {
            if (_loan is { } other && Age(other) < _fresh)
                return other.Key;
            // All who come meanwhile wait for the same answer; a failed one is not kept.
            if (_borrowing is null or { IsCompleted: true })
                _borrowing = BorrowAsync();
            borrowing = _borrowing;
        }
        try
        {
            return (await borrowing.WaitAsync(cancellation)).Key;
        }
        catch (Exception) when (!cancellation.IsCancellationRequested && _loan is { } last && Age(last) < _good)
        {
            return _loan!.Key;
        }
    }

    /// <summary>What a call of the service's own API shows.</summary>
    public async Task<string> TokenAsync(CancellationToken cancellation) => (await credential.GetTokenAsync(_scope, cancellation)).Token;

    private TimeSpan Age(Loan loan) => time.GetElapsedTime(loan.At);

    private async Task<Loan> BorrowAsync()
    {
        var at = time.GetTimestamp();
        using var http = clients.CreateClient(nameof(HubKeys));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{service.Authority}/api/v1/auth/accessKey")
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(CancellationToken.None)) },
        };
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        var lent = await answer.Content.ReadFromJsonAsync<Answer>();
        return lent is { AccessKey.Length: > 0, KeyId.Length: > 0 }
            ? _loan = new Loan(HubService.Credentials(lent.AccessKey, lent.KeyId), at)
            : throw new HttpRequestException($"{service.Authority} answered without an access key; has this app's identity the role SignalR Service Owner?");
    }

    private sealed record Answer(string? AccessKey, string? KeyId);

    private sealed record Loan(SigningCredentials Key, long At);
}

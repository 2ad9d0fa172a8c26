using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Tasklane.Tasks;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Problems;

namespace Tasklane.Intake.Events;

/// <summary>Who may send events: whoever has a key, or a signed-in admin or bearer of the role "events".</summary>
public sealed class EventSenders(TasklaneOptions options)
{
    public const string Role = "events";

    private const string Scheme = "SharedAccessKey ";

    private readonly byte[][] _keys = [.. IntakeOptions.Parts(options.Intake.EventKeys).Select(Hash)];

    /// <exception cref="InvalidRequestException">Neither of them.</exception>
    internal void Require(HttpRequest request)
    {
        string[] given = [.. Given(request).Where(key => key.Length > 0)];
        if (given.Any(IsKey))
            return;
        if (given.Length > 0)
            throw new InvalidRequestException(RequestErrors.WrongKey);
        var caller = request.GetCaller();
        if (!caller.IsAdmin && !caller.Has(Role))
            throw new InvalidRequestException(RequestErrors.Forbidden, Role);
    }

    /// <summary>As Event Grid's topics take it, as its webhooks are given it, and as the CloudEvents webhook has it.</summary>
    private static IEnumerable<string> Given(HttpRequest request)
    {
        yield return request.Headers["aeg-sas-key"].ToString();
        yield return request.Query["code"].ToString();
        yield return request.Query["access_token"].ToString();
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            yield return authorization[Scheme.Length..].Trim();
    }

    /// <summary>In a time that says nothing of the keys: all are compared, by hashes of one length.</summary>
    private bool IsKey(string given)
    {
        var hash = Hash(given);
        var isOne = false;
        foreach (var key in _keys)
            isOne |= CryptographicOperations.FixedTimeEquals(key, hash);
        return isOne;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}

using System.Net.Http.Headers;
using System.Net.Http.Json;
using Tasklane.Client.Json;
using Tasklane.Client.Transport;

namespace Tasklane.Client;

/// <summary>Who asks, as App Service authentication or the local host wants to be told.</summary>
public abstract class TasklaneCredential
{
    private protected TasklaneCredential()
    {
    }

    /// <summary>A token that App Service authentication accepts, such as one of Entra.</summary>
    public static TasklaneCredential Bearer(string token) => new Header("Authorization", $"Bearer {token}");

    /// <summary>Asked before each request; keeping a token until it ends is up to what is called. Fits <c>TokenCredential.GetTokenAsync</c>.</summary>
    public static TasklaneCredential Bearer(Func<CancellationToken, ValueTask<string>> token) => new Asked(token);

    /// <summary>A session of App Service authentication: what <c>POST /.auth/login/aad</c> answers as <c>authenticationToken</c>.</summary>
    public static TasklaneCredential AppServiceSession(string token) => new Header("X-ZUMO-AUTH", token);

    /// <summary>A function or host key, where the app's functions ask for one; it says nothing of who asks.</summary>
    public static TasklaneCredential FunctionKey(string key) => new Header("x-functions-key", key);

    /// <summary>
    /// The local host's own sign-in, which believes what it is told; signs in before the first request and again when that has run out.
    /// </summary>
    public static TasklaneCredential LocalUser(string user, params IReadOnlyList<string> roles) => new Local(user, roles);

    internal abstract ValueTask ApplyAsync(HttpRequestMessage message, HttpClient http, Uri root, CancellationToken cancellation);

    /// <summary>Lets go of what the service does not accept any more; false when there is no other.</summary>
    internal virtual bool Forget() => false;

    private sealed class Header(string name, string value) : TasklaneCredential
    {
        internal override ValueTask ApplyAsync(HttpRequestMessage message, HttpClient http, Uri root, CancellationToken cancellation)
        {
            message.Headers.TryAddWithoutValidation(name, value);
            return default;
        }
    }

    private sealed class Asked(Func<CancellationToken, ValueTask<string>> token) : TasklaneCredential
    {
        internal override async ValueTask ApplyAsync(HttpRequestMessage message, HttpClient http, Uri root, CancellationToken cancellation) =>
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await token(cancellation).ConfigureAwait(false));
    }

    private sealed class Local(string user, IReadOnlyList<string> roles) : TasklaneCredential
    {
        private string? _token;

        internal override async ValueTask ApplyAsync(HttpRequestMessage message, HttpClient http, Uri root, CancellationToken cancellation)
        {
            // Two that sign in at once get a token each, and both are good.
            var token = _token ??= await SignInAsync(http, root, cancellation).ConfigureAwait(false);
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        internal override bool Forget() => Interlocked.Exchange(ref _token, null) is not null;

        private async Task<string> SignInAsync(HttpClient http, Uri root, CancellationToken cancellation)
        {
            using var body = JsonContent.Create(new SignIn(user, roles), TasklaneJson.Default.SignIn);
            using var answer = await http.PostAsync(new Uri(root, ".auth/login/dev"), body, cancellation).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
                throw await Problems.ReadAsync(answer, cancellation).ConfigureAwait(false);
            var signedIn = await answer.Content.ReadFromJsonAsync(TasklaneJson.Default.SignedIn, cancellation).ConfigureAwait(false);
            return signedIn!.Token;
        }
    }
}

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Tasklane.Functions.Tests.Crash;

internal static class SignIns
{
    /// <summary>A client of the app at <paramref name="url"/> that is signed in, and stays so over restarts.</summary>
    public static async Task<HttpClient> AsAsync(Uri url, string user)
    {
        var http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(30) };
        var answer = await http.PostAsJsonAsync("/.auth/login/dev", new { user, roles = Array.Empty<string>() });
        answer.EnsureSuccessStatusCode();
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }
}

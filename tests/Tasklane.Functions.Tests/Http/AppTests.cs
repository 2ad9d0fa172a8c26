using System.Collections.Concurrent;
using Tasklane.Emulator.Testing;

namespace Tasklane.Functions.Tests.Http;

/// <summary>Tests on the app that all share. After each of them no orchestration is open of a task that it has seen end.</summary>
public abstract class AppTests(AppFixture app) : IAsyncDisposable
{
    private readonly ConcurrentBag<HttpClient> _signedIn = [];

    protected FunctionsTestHost Host => app.Host;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (!_signedIn.IsEmpty)
            await OpenOrchestrations.AssertNoneAsync(app.Host, _signedIn);
    }

    /// <inheritdoc cref="AppFixture.Anonymous"/>
    protected HttpClient Anonymous() => app.Anonymous();

    /// <inheritdoc cref="AppFixture.SignInAsync"/>
    protected async Task<HttpClient> SignInAsync(params string[] roles)
    {
        var client = await app.SignInAsync(roles);
        _signedIn.Add(client);
        return client;
    }
}

/// <summary>Nobody is left out.</summary>
public sealed class AppTestsRule
{
    [Fact]
    public void Whoever_uses_the_shared_app_looks_for_open_orchestrations_after_each_test() => Assert.All(
        typeof(AppTests).Assembly.GetTypes().Where(type => type.GetConstructors()
            .SelectMany(made => made.GetParameters())
            .Any(parameter => parameter.ParameterType == typeof(AppFixture))),
        type => Assert.True(type.IsAssignableTo(typeof(AppTests)), $"{type} is no {nameof(AppTests)}."));
}

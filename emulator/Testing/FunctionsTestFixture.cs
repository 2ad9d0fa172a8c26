namespace Tasklane.Emulator.Testing;

/// <summary>
/// One host for all tests of a class or collection, started by the first test that asks for it:
/// `class OrderTests(FunctionsTestFixture&lt;Program&gt; app) : IClassFixture&lt;FunctionsTestFixture&lt;Program&gt;&gt;`, then
/// `await app.Host`. Fits every version of xunit, and any other framework that disposes of its fixtures. Derive from it to set options.
/// </summary>
/// <typeparam name="TProgram">Any type of the app.</typeparam>
public class FunctionsTestFixture<TProgram> : IAsyncDisposable, IDisposable
{
    private readonly Lazy<Task<FunctionsTestHost>> _host;

    public FunctionsTestFixture() => _host = new(() => FunctionsTestHost.StartAsync<TProgram>(Configure));

    /// <summary>The host; the first to ask starts it, and a start that failed fails for all.</summary>
    public Task<FunctionsTestHost> Host => _host.Value;

    /// <summary>How the app is to run.</summary>
    protected virtual void Configure(FunctionsTestHostOptions options)
    {
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (!_host.IsValueCreated)
            return;
        await ((Task)_host.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_host.Value.IsCompletedSuccessfully)
            await _host.Value.Result.DisposeAsync();
    }

    /// <summary>For frameworks that know no asynchronous disposal.</summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}

using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Tasklane.Emulator.Worker.InProcess;

/// <summary>The worker's web server when there is no need for one: the host hands it the features of requests it has already.</summary>
internal sealed class InProcessServer : IServer
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<IFeatureCollection, Task>? _process;

    public InProcessServer() => Features.Set<IServerAddressesFeature>(new ServerAddressesFeature());

    public IFeatureCollection Features { get; } = new FeatureCollection();

    /// <summary>Ends when the app's ASP.NET Core pipeline takes requests; never for an app that has none.</summary>
    public Task Started => _started.Task;

    /// <summary>Runs a request through the worker's pipeline.</summary>
    public Task ProcessAsync(IFeatureCollection request) =>
        _process?.Invoke(request) ?? throw new InvalidOperationException("The worker takes no HTTP requests.");

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        _process = async request =>
        {
            var context = application.CreateContext(request);
            try
            {
                await application.ProcessRequestAsync(context);
            }
            catch (Exception e)
            {
                application.DisposeContext(context, e);
                throw;
            }

            application.DisposeContext(context, null);
        };
        _started.TrySetResult();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
    }
}

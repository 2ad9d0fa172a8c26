using Microsoft.AspNetCore.Http;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker;

/// <summary>
/// How messages and requests reach a worker: in this process (in memory) or in its own (gRPC and a forwarder, as the real host
/// does it). One transport is one life of a worker.
/// </summary>
internal interface IWorkerTransport : IAsyncDisposable
{
    /// <summary>Ends when the worker has gone, wanted or not; says why when it was not.</summary>
    Task<string?> Ended { get; }

    /// <summary>Starts the worker. Its messages, from `StartStream` on, go to <paramref name="receive"/>, from any thread.</summary>
    /// <exception cref="WorkerStartException">The app does not start; the message says why.</exception>
    Task StartAsync(Action<StreamingMessage> receive, CancellationToken cancellationToken);

    /// <summary>
    /// Called once all functions are loaded; done when the worker takes requests too. What of the SDK is one per process is then free
    /// for the next worker.
    /// </summary>
    /// <param name="takesHttp">Whether the worker has an HTTP pipeline of its own.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task LoadedAsync(bool takesHttp, CancellationToken cancellationToken);

    /// <summary>Sends a message; one for a worker that has gone is dropped.</summary>
    void Send(StreamingMessage message);

    /// <summary>
    /// Hands a request to the worker's own HTTP pipeline and gives back its answer, for workers with the capability `HttpUri`.
    /// The request carries the header `x-ms-invocation-id`.
    /// </summary>
    Task ForwardAsync(HttpContext http);

    /// <summary>Ends the worker, which has been asked to (`WorkerTerminate`); one that does not end by itself is ended.</summary>
    Task StopAsync(TimeSpan grace);
}

/// <summary>The worker could not be started. The message is for the person who started it.</summary>
internal sealed class WorkerStartException : Exception
{
    public WorkerStartException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>The worker went away while it ran something, or could not be reached. The work may or may not have been done.</summary>
internal sealed class WorkerLostException(string message) : Exception(message);

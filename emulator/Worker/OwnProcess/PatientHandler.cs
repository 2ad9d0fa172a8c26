namespace Tasklane.Emulator.Worker.OwnProcess;

/// <summary>
/// Tries again to connect where nobody listens yet: a worker says it is ready before its own server is. Nothing of the request
/// has been sent by then.
/// </summary>
internal sealed class PatientHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    // As the real host: ten tries, 50 ms after the first, at most 250 ms between two.
    private const int Tries = 10;
    private static readonly TimeSpan _first = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(250);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var pause = _first;
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await base.SendAsync(request, cancellationToken);
            }
            catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError && tries < Tries)
            {
                await Task.Delay(pause, TimeProvider.System, cancellationToken);
                pause = pause * 2 < _longest ? pause * 2 : _longest;
            }
        }
    }
}

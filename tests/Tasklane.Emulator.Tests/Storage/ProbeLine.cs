using System.Net;
using System.Text;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Storage;

/// <summary>Where the functions of the probe app say what they got. A function runs on only when the test answers.</summary>
public sealed class ProbeLine : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Signal<Call> _calls = new("a function of the probe app");
    private readonly Task _listening;

    public ProbeLine()
    {
        Address = $"http://127.0.0.1:{FreePort.Next()}/";
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _listening = ListenAsync();
    }

    public string Address { get; }

    /// <summary>The next function that says something; it waits for an answer.</summary>
    public Task<Call> CallAsync() => _calls.NextAsync(TimeSpan.FromSeconds(60));

    /// <summary>What the next function says; it ends well.</summary>
    public async Task<string> HearAsync()
    {
        var call = await CallAsync();
        call.Succeed();
        return call.Text;
    }

    /// <summary>What the next function says; it fails.</summary>
    public async Task<string> FailAsync()
    {
        var call = await CallAsync();
        call.Fail();
        return call.Text;
    }

    public bool IsSilent => !_calls.TryNext(out _);

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _listening;
    }

    private async Task ListenAsync()
    {
        while (true)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
                _calls.Send(new Call(await reader.ReadToEndAsync(), context.Response));
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    public sealed class Call(string text, HttpListenerResponse response)
    {
        public string Text => text;

        public void Succeed() => Answer(HttpStatusCode.OK, "");

        public void Fail() => Answer(HttpStatusCode.InternalServerError, "The test told it to fail.");

        private void Answer(HttpStatusCode status, string body)
        {
            response.StatusCode = (int)status;
            response.Close(Encoding.UTF8.GetBytes(body), willBlock: false);
        }
    }
}

namespace Tasklane.Emulator.SignalR;

/// <summary>Limits of the service. The defaults are the real service's where it states one.</summary>
internal sealed class SignalRServiceOptions
{
    /// <summary>A connection that has been sent nothing for this long gets a ping.</summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>A client that has sent nothing, not even a ping, for this long is gone.</summary>
    public TimeSpan ClientTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a new connection may take to say which protocol it speaks.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Largest message a client may send, in bytes.</summary>
    public int MaxClientMessageBytes { get; set; } = 1024 * 1024;

    /// <summary>A client with more than this waiting to be sent is too slow and is disconnected, in bytes.</summary>
    public long MaxUnsentBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How long an access token from a binding is good for.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Clock for pings and client timeouts. Real time by default even when the host runs on a virtual clock: the
    /// clients at the other end live in real time, and a clock set forward must not cut them off.
    /// </summary>
    public TimeProvider NetworkClock { get; set; } = TimeProvider.System;
}

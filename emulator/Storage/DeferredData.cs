using Google.Protobuf;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Storage;

/// <summary>A reference to data that the worker turns into what the parameter wants: a message, a client, a stream.</summary>
internal static class DeferredData
{
    /// <param name="source">Which converter of the worker takes it.</param>
    /// <param name="json">What that converter reads.</param>
    public static TypedData Of(string source, byte[] json) => new()
    {
        ModelBindingData = new ModelBindingData
        {
            Version = "1.0",
            Source = source,
            ContentType = "application/json",
            Content = UnsafeByteOperations.UnsafeWrap(json),
        },
    };
}

namespace Tasklane.Emulator.Worker.Functions;

/// <summary>Puts a function in error; the message is shown behind "The 'NAME' function is in error: ".</summary>
internal sealed class FunctionErrorException : Exception
{
    public FunctionErrorException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>Whether all that is missing is a connection's setting: the function itself could run.</summary>
    public bool NoConnection { get; init; }
}

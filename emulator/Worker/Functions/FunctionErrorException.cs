namespace Tasklane.Emulator.Worker.Functions;

/// <summary>Puts a function in error; the message is shown behind "The 'NAME' function is in error: ".</summary>
internal sealed class FunctionErrorException : Exception
{
    public FunctionErrorException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

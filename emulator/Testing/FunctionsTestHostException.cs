namespace Tasklane.Emulator.Testing;

/// <summary>The app, the host or a function did not do what a test asked for; the message says why.</summary>
public class FunctionsTestHostException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A function that a test ran failed; the message is its exception's.</summary>
/// <param name="function">Its name.</param>
/// <param name="errorType">Full name of the exception's type in the app.</param>
/// <param name="message">The exception's message.</param>
/// <param name="appStackTrace">Where in the app it was thrown, if the worker told.</param>
/// <param name="inner">What the host made of it.</param>
public sealed class FunctionInvocationException(
    string function, string errorType, string message, string? appStackTrace, Exception? inner = null)
    : FunctionsTestHostException(message, inner)
{
    public string Function => function;

    public string ErrorType => errorType;

    public string? AppStackTrace => appStackTrace;
}

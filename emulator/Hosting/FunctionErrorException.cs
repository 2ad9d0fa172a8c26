namespace Tasklane.Emulator.Functions;

/// <summary>Why a function cannot be indexed: the sentence the real host shows as "The 'X' function is in error: ...".</summary>
internal sealed class FunctionErrorException(string message, Exception? innerException = null)
    : Exception(message, innerException);

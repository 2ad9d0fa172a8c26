using Spectre.Console;

namespace Tasklane.Cli.Output;

/// <summary>The consoles that people look at.</summary>
internal static class Terminals
{
    /// <summary>Wide enough that no line breaks where a program reads.</summary>
    private const int Unbroken = 1000;

    public static IAnsiConsole Out { get; } = Of(Console.Out, Console.IsOutputRedirected);

    /// <summary>What is only to be looked at: progress does not get into what a script reads.</summary>
    public static IAnsiConsole Error { get; } = Of(Console.Error, Console.IsErrorRedirected);

    public static bool ShowsProgress => !Console.IsErrorRedirected && Error.Profile.Capabilities.Ansi;

    private static IAnsiConsole Of(TextWriter writer, bool isRedirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (isRedirected)
            console.Profile.Width = Unbroken;
        return console;
    }
}

using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Tests.Storage;

internal static class JournalReading
{
    /// <summary>How many invocations are under way.</summary>
    public static int Running(this IServiceProvider host) => host.GetRequiredService<InvocationJournal>().Running.Count();
}

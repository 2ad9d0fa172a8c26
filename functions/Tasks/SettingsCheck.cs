using Microsoft.Extensions.Configuration;

namespace Tasklane.Tasks;

/// <summary>Looks at the settings before anything is built of them.</summary>
internal static class SettingsCheck
{
    /// <summary>Whether the app can start with these settings; when not, every broken rule is written, a sentence each.</summary>
    public static bool Passes(IConfiguration configuration, TextWriter errors)
    {
        var problems = Problems(configuration);
        foreach (var problem in problems)
            errors.WriteLine(problem);
        return problems.Count == 0;
    }

    private static IEnumerable<string> HostProblems(IConfiguration configuration, TasklaneOptions options)
    {
        try
        {
            return HostTimeout.Read(configuration).Problems(options);
        }
        catch (InvalidOperationException unreadable)
        {
            return [unreadable.Message];
        }
    }

    private static IReadOnlyList<string> Problems(IConfiguration configuration)
    {
        var options = new TasklaneOptions();
        try
        {
            configuration.GetSection("Tasklane").Bind(options);
        }
        catch (InvalidOperationException unreadable)
        {
            return [unreadable.Message]; // names the setting, and the type that it should have
        }
        return [.. options.Problems(), .. UnknownSettings.In(configuration), .. StreamSettings.Problems(configuration), .. HostProblems(configuration, options)];
    }
}

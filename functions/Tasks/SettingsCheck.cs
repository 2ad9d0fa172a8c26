using Microsoft.Extensions.Configuration;

namespace Tasklane.Tasks;

/// <summary>Looks at the settings before anything is built of them.</summary>
internal static class SettingsCheck
{
    /// <summary>Whether the app can start with these settings; when not, every broken rule is written, a sentence each.</summary>
    /// <param name="development">Whether the environment is Development, for which some settings are.</param>
    public static bool Passes(IConfiguration configuration, TextWriter errors, bool development = false)
    {
        var problems = Problems(configuration, development);
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

    private static IReadOnlyList<string> Problems(IConfiguration configuration, bool development)
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
        string[] misplaced = development || options.Outbound.AllowedPrivate.Length == 0
            ? []
            : ["Tasklane:Outbound:AllowedPrivate lets tasks reach into this network and is for Development only; remove it here."];
        return [.. options.Problems(), .. misplaced, .. UnknownSettings.In(configuration), .. StreamSettings.Problems(configuration), .. HostProblems(configuration, options)];
    }
}

using Microsoft.Extensions.Configuration;
using Tasklane.Emulator.Durable.History;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Binding;

/// <summary>
/// Which versions of its orchestrations a function app runs, by host.json: `defaultVersion`, `versionMatchStrategy` and
/// `versionFailureStrategy` of `extensions.durableTask`.
/// </summary>
internal sealed class VersionRule(string? version, VersionRule.Match match, VersionRule.Mismatch mismatch)
{
    internal enum Match
    {
        None,
        Strict,
        CurrentOrOlder,
    }

    internal enum Mismatch
    {
        Reject,
        Fail,
    }

    /// <exception cref="HostStartException">A strategy is none of the known ones.</exception>
    public static VersionRule Read(IConfigurationSection durable) => new(
        durable["defaultVersion"],
        Known(durable, "versionMatchStrategy", Match.CurrentOrOlder),
        Known(durable, "versionFailureStrategy", Mismatch.Reject));

    /// <summary>Null when this version is run; else the turn's answer.</summary>
    /// <exception cref="WorkAbandonedException">It is left for an app of another version, and tried again.</exception>
    public P.OrchestratorResponse? Refuse(OrchestratorTurn turn)
    {
        var fits = match switch
        {
            Match.Strict => string.Equals(turn.Version ?? "", version ?? "", StringComparison.Ordinal),
            Match.CurrentOrOlder => Compare(turn.Version, version) <= 0,
            _ => true,
        };
        if (fits)
            return null;
        if (mismatch == Mismatch.Reject)
            throw new WorkAbandonedException($"The app's version '{version}' does not run version '{turn.Version}' of '{turn.Name}'.");
        return new P.OrchestratorResponse
        {
            InstanceId = turn.InstanceId,
            Actions =
            {
                new P.OrchestratorAction
                {
                    CompleteOrchestration = new P.CompleteOrchestrationAction
                    {
                        OrchestrationStatus = P.OrchestrationStatus.Failed,
                        FailureDetails = Happenings.Failure(
                            "VersionMismatch", "Orchestration version did not comply with Worker Versioning", final: true),
                    },
                },
            },
        };
    }

    // No version is older than any.
    private static int Compare(string? one, string? other) => (string.IsNullOrWhiteSpace(one), string.IsNullOrWhiteSpace(other)) switch
    {
        (true, true) => 0,
        (true, false) => -1,
        (false, true) => 1,
        _ when Version.TryParse(one, out var first) && Version.TryParse(other, out var second) => first.CompareTo(second),
        _ => string.Compare(one, other, StringComparison.OrdinalIgnoreCase),
    };

    private static TStrategy Known<TStrategy>(IConfigurationSection durable, string name, TStrategy otherwise)
        where TStrategy : struct, Enum => durable[name] switch
        {
            null => otherwise,
            var text when Enum.TryParse<TStrategy>(text, ignoreCase: true, out var strategy) && Enum.IsDefined(strategy) => strategy,
            var text => throw new HostStartException(
                $"host.json: extensions.durableTask.{name} '{text}' is none of {string.Join(", ", Enum.GetNames<TStrategy>())}."),
        };
}

using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Client;

/// <summary>Conditions of a query with their _values; what is not given is no condition.</summary>
internal sealed class Where
{
    private readonly List<string> _conditions = [];
    private readonly List<object> _values = [];

    public string Text => _conditions.Count == 0 ? string.Empty : " WHERE " + string.Join(" AND ", _conditions);

    public Where From(string comparison, Timestamp? time) => Add(comparison, time is null ? null : Happenings.Ticks(time));

    public Where To(string comparison, Timestamp? time) => Add(comparison, time is null ? null : Happenings.Ticks(time));

    public Where After(string comparison, string? key) =>
        Add(comparison, string.IsNullOrEmpty(key) ? null : long.TryParse(key, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Refusals.Invalid($"'{key}' is no continuation token of this host."));

    public Where Statuses(IEnumerable<P.OrchestrationStatus>? statuses)
    {
        var numbers = statuses?.Select(status => (int)status).Distinct().ToArray() ?? [];
        if (numbers.Length > 0)
            _conditions.Add($"status IN ({string.Join(", ", numbers)})");
        return this;
    }

    public Where Prefix(string? prefix)
    {
        if (string.IsNullOrEmpty(prefix))
            return this;
        Add("id >= ", prefix);

        // Ids are compared as UTF-8; nothing begins with the prefix and comes after it with the last character there is.
        return Add("id <= ", prefix + "\U0010FFFF");
    }

    /// <summary>One of the columns has the text in it, whatever its case.</summary>
    public Where Contains(string text, params ReadOnlySpan<string> columns)
    {
        _values.Add(text.ToLowerInvariant());
        var conditions = new List<string>();
        foreach (var column in columns)
            conditions.Add($"instr(lower({column}), ?{_values.Count}) > 0");
        _conditions.Add($"({string.Join(" OR ", conditions)})");
        return this;
    }

    public Where Raw(string condition)
    {
        _conditions.Add(condition);
        return this;
    }

    public void Bind(Statement statement)
    {
        for (var i = 0; i < _values.Count; i++)
        {
            if (_values[i] is long number)
                statement.Bind(i + 1, number);
            else
                statement.Bind(i + 1, (string)_values[i]);
        }
    }

    private Where Add(string comparison, object? value)
    {
        if (value is null)
            return this;
        _values.Add(value);
        _conditions.Add($"{comparison}?{_values.Count}");
        return this;
    }
}

using System.Globalization;
using Microsoft.DurableTask.Client;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Client;

/// <summary>Conditions of a query with their values; what is not given is no condition.</summary>
internal sealed class Where
{
    private readonly List<string> conditions = [];
    private readonly List<object> values = [];

    public string Text => conditions.Count == 0 ? string.Empty : " WHERE " + string.Join(" AND ", conditions);

    public Where From(string comparison, DateTimeOffset? time) => Add(comparison, time?.UtcTicks);

    public Where To(string comparison, DateTimeOffset? time) => Add(comparison, time?.UtcTicks);

    public Where After(string comparison, string? key) =>
        Add(comparison, string.IsNullOrEmpty(key) ? null : long.Parse(key, CultureInfo.InvariantCulture));

    public Where Statuses(IEnumerable<OrchestrationRuntimeStatus>? statuses)
    {
        var numbers = statuses?.Select(status => (int)status).Distinct().ToArray() ?? [];
        if (numbers.Length > 0)
            conditions.Add($"status IN ({string.Join(", ", numbers)})");
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

    public Where Raw(string condition)
    {
        conditions.Add(condition);
        return this;
    }

    public void Bind(Statement statement)
    {
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] is long number)
                statement.Bind(i + 1, number);
            else
                statement.Bind(i + 1, (string)values[i]);
        }
    }

    private Where Add(string comparison, object? value)
    {
        if (value is null)
            return this;
        values.Add(value);
        conditions.Add($"{comparison}?{values.Count}");
        return this;
    }
}

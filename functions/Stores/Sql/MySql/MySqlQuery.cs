using System.Globalization;
using System.Text;
using MySqlConnector;
using Tasklane.Stores.Sql.Statements;

namespace Tasklane.Stores.Sql.MySql;

/// <summary>A statement's values on their way into a command: @p1, @p2, ... Times are milliseconds since 1970.</summary>
internal sealed class MySqlQuery(string text) : IStatement
{
    private readonly List<MySqlParameter> parameters = [];
    private readonly Dictionary<string, string> lists = [];
    private int given;

    /// <summary>What becomes of a write once it has its values; null for queries.</summary>
    public Action<MySqlQuery>? Runs { get; init; }

    public IStatement Int(long? value) => Add(value);

    public IStatement Real(double? value) => Add(value);

    public IStatement Text(string? value) => Add(ServerText.Clean(value));

    public IStatement Time(DateTimeOffset? value) => Add(value?.ToUnixTimeMilliseconds());

    public IStatement Flag(bool value) => Add(value ? 1 : 0);

    public IStatement Bytes(ReadOnlyMemory<byte> value) => Add(value.ToArray());

    public IStatement Texts(IReadOnlyList<string> values) => AddList([.. values.Select(value => (object)ServerText.Clean(value)!)]);

    public IStatement Ints(IReadOnlyList<long> values) => AddList([.. values.Select(value => (object)value)]);

    public void Run() => (Runs ?? throw new NotSupportedException("A query is not run by itself."))(this);

    public IRows Rows() => throw new NotSupportedException("A query is not run by itself.");

    public MySqlBatchCommand ToBatchCommand()
    {
        var command = new MySqlBatchCommand(CommandText);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        return command;
    }

    public MySqlCommand ToCommand(MySqlConnection connection, MySqlTransaction? transaction = null)
    {
        var command = new MySqlCommand(CommandText, connection, transaction);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        return command;
    }

    private string CommandText => lists.Count == 0 ? text : SqlRead.Any().Replace(text, match => lists[match.Groups[1].Value]);

    private MySqlQuery Add(object? value) => Add($"@p{(++given).ToString(CultureInfo.InvariantCulture)}", value);

    private MySqlQuery AddList(object[] values)
    {
        var list = (++given).ToString(CultureInfo.InvariantCulture);
        var names = new StringBuilder();
        for (var i = 0; i < values.Length; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"@l{list}_{i}");
            names.Append(i == 0 ? "" : ", ").Append(name);
            Add(name, values[i]);
        }
        lists[list] = values.Length == 0 ? "null" : names.ToString();
        return this;
    }

    private MySqlQuery Add(string name, object? value)
    {
        parameters.Add(new MySqlParameter(name, value ?? DBNull.Value));
        return this;
    }
}

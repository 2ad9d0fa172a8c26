using System.Collections;
using Npgsql;
using NpgsqlTypes;
using Tasklane.Stores.Sql.Statements;

namespace Tasklane.Stores.Sql.Postgres;

/// <summary>The rows that a commit gives to one write: a list per column, sent as arrays.</summary>
internal sealed class PostgresWrite(SqlWrite write) : IStatement
{
    private readonly IList[] columns = [.. write.Columns.Select(column => ListOf(column.Type))];
    private int given;

    public bool IsEmpty => columns[0].Count == 0;

    public IStatement Int(long? value) => Add(value);

    public IStatement Real(double? value) => Add(value);

    public IStatement Text(string? value) => Add(ServerText.Clean(value));

    public IStatement Time(DateTimeOffset? value) =>
        Add(value is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds()).UtcDateTime : (DateTime?)null);

    public IStatement Flag(bool value) => Add((bool?)value);

    public IStatement Bytes(ReadOnlyMemory<byte> value) => Add(value.ToArray());

    public IStatement Texts(IReadOnlyList<string> values) => throw new NotSupportedException("A row has no lists.");

    public IStatement Ints(IReadOnlyList<long> values) => throw new NotSupportedException("A row has no lists.");

    /// <summary>The end of a row.</summary>
    public void Run()
    {
        if (given != columns.Length) throw new InvalidOperationException($"{given} values for {columns.Length} columns: {write.Postgres}");
        given = 0;
    }

    public IRows Rows() => throw new NotSupportedException("A write answers nothing.");

    /// <summary>The statement over all rows.</summary>
    public NpgsqlBatchCommand ToCommand()
    {
        var isOne = columns[0].Count == 1;
        var command = new NpgsqlBatchCommand(isOne ? write.PostgresRow : write.Postgres);
        foreach (var i in write.Given)
        {
            var type = TypeOf(write.Columns[i].Type);
            command.Parameters.Add(isOne
                ? new NpgsqlParameter { NpgsqlDbType = type, Value = columns[i][0] ?? DBNull.Value }
                : new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type, Value = columns[i] });
        }
        return command;
    }

    public void Clear()
    {
        given = 0;
        foreach (var column in columns)
            column.Clear();
    }

    private PostgresWrite Add<T>(T value)
    {
        ((List<T>)columns[given++]).Add(value);
        return this;
    }

    private static IList ListOf(ColumnType type) => type switch
    {
        ColumnType.Int => new List<long?>(),
        ColumnType.Real => new List<double?>(),
        ColumnType.Text => new List<string?>(),
        ColumnType.Time => new List<DateTime?>(),
        ColumnType.Flag => new List<bool?>(),
        ColumnType.Bytes => new List<byte[]>(),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    private static NpgsqlDbType TypeOf(ColumnType type) => type switch
    {
        ColumnType.Int => NpgsqlDbType.Bigint,
        ColumnType.Real => NpgsqlDbType.Double,
        ColumnType.Text => NpgsqlDbType.Text,
        ColumnType.Time => NpgsqlDbType.TimestampTz,
        ColumnType.Flag => NpgsqlDbType.Boolean,
        ColumnType.Bytes => NpgsqlDbType.Bytea,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}

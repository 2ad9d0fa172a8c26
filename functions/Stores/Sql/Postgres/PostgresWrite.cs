using Npgsql;
using NpgsqlTypes;
using Tasklane.Stores.Sql.Statements;

namespace Tasklane.Stores.Sql.Postgres;

/// <summary>The rows that a commit gives to one write.</summary>
internal sealed class PostgresWrite(SqlWrite write) : IStatement
{
    private readonly List<NpgsqlParameter> values = [];
    private int given;
    private int rows;

    public bool IsEmpty => rows == 0 && given == 0;

    public IStatement Int(long? value) => Add(NpgsqlDbType.Bigint, value);

    public IStatement Real(double? value) => Add(NpgsqlDbType.Double, value);

    public IStatement Text(string? value) => ServerText.Clean(value) is { } text ? Add(new NpgsqlParameter<string> { TypedValue = text, NpgsqlDbType = NpgsqlDbType.Text }) : Null(NpgsqlDbType.Text);

    public IStatement Time(DateTimeOffset? value) =>
        Add(NpgsqlDbType.TimestampTz, value is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds()).UtcDateTime : (DateTime?)null);

    public IStatement Flag(bool value) => Add(NpgsqlDbType.Boolean, (bool?)value);

    public IStatement Bytes(ReadOnlyMemory<byte> value) => Add(new NpgsqlParameter<byte[]> { TypedValue = value.ToArray(), NpgsqlDbType = NpgsqlDbType.Bytea });

    public IStatement Texts(IReadOnlyList<string> values) => throw new NotSupportedException("A row has no lists.");

    public IStatement Ints(IReadOnlyList<long> values) => throw new NotSupportedException("A row has no lists.");

    /// <summary>The end of a row.</summary>
    public void Run()
    {
        if (given != write.Columns.Count) throw new InvalidOperationException($"{given} values for {write.Columns.Count} columns: {write.Sqlite}");
        (given, rows) = (0, rows + 1);
    }

    public IRows Rows() => throw new NotSupportedException("A write answers nothing.");

    /// <summary>Adds the statements over all rows, in their order.</summary>
    public void AddTo(NpgsqlBatch batch)
    {
        var next = 0;
        for (var left = rows; left > 0;)
        {
            var size = SqlWrite.RowsAtOnce.First(most => most <= left);
            var command = new NpgsqlBatchCommand(write.Postgres(size));
            for (var i = 0; i < size * write.GivenCount; i++)
                command.Parameters.Add(values[next++]);
            batch.BatchCommands.Add(command);
            left -= size;
        }
    }

    public void Clear()
    {
        (given, rows) = (0, 0);
        values.Clear();
    }

    private PostgresWrite Add<T>(NpgsqlDbType type, T? value)
        where T : struct =>
        value is { } known ? Add(new NpgsqlParameter<T> { TypedValue = known, NpgsqlDbType = type }) : Null(type);

    private PostgresWrite Null(NpgsqlDbType type) => Add(new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = type });

    private PostgresWrite Add(NpgsqlParameter value)
    {
        // The server gives the others itself.
        if (write.Columns[given++].IsGiven) values.Add(value);
        return this;
    }
}

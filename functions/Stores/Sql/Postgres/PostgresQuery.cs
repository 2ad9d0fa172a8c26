using Npgsql;
using NpgsqlTypes;
using Tasklane.Stores.Sql.Statements;

namespace Tasklane.Stores.Sql.Postgres;

/// <summary>A query's values on their way into its parameters.</summary>
internal sealed class PostgresQuery(NpgsqlParameterCollection parameters) : IStatement
{
    public IStatement Int(long? value) => Add(NpgsqlDbType.Bigint, value);

    public IStatement Real(double? value) => Add(NpgsqlDbType.Double, value);

    public IStatement Text(string? value) => Add(NpgsqlDbType.Text, ServerText.Clean(value));

    public IStatement Time(DateTimeOffset? value) => Add(NpgsqlDbType.TimestampTz, value?.UtcDateTime);

    public IStatement Flag(bool value) => Add(NpgsqlDbType.Boolean, value);

    public IStatement Bytes(ReadOnlyMemory<byte> value) => Add(NpgsqlDbType.Bytea, value);

    public IStatement Texts(IReadOnlyList<string> values) => Add(NpgsqlDbType.Array | NpgsqlDbType.Text, values.Select(ServerText.Clean).ToArray());

    public IStatement Ints(IReadOnlyList<long> values) => Add(NpgsqlDbType.Array | NpgsqlDbType.Bigint, values.ToArray());

    public void Run() => throw new NotSupportedException("A query is not run by itself.");

    public IRows Rows() => throw new NotSupportedException("A query is not run by itself.");

    private PostgresQuery Add(NpgsqlDbType type, object? value)
    {
        parameters.Add(new NpgsqlParameter { NpgsqlDbType = type, Value = value ?? DBNull.Value });
        return this;
    }
}

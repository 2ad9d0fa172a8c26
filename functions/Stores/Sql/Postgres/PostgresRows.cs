using Npgsql;
using Tasklane.Stores.Sql.Statements;

namespace Tasklane.Stores.Sql.Postgres;

/// <summary>Rows of a result, which somebody else closes.</summary>
internal sealed class PostgresRows(NpgsqlDataReader reader) : IRows
{
    public bool Next() => reader.Read();

    public bool IsNull(int column) => reader.IsDBNull(column);

    public long Int(int column) => reader.GetInt64(column);

    public double Real(int column) => reader.GetDouble(column);

    public string Text(int column) => reader.GetString(column);

    public DateTimeOffset Time(int column) => reader.GetFieldValue<DateTimeOffset>(column);

    public bool Flag(int column) => reader.GetBoolean(column);

    public byte[] Bytes(int column) => reader.GetFieldValue<byte[]>(column);

    void IDisposable.Dispose()
    {
    }
}

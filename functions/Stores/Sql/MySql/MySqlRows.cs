using System.Text;
using MySqlConnector;
using Tasklane.Stores.Sql.Statements;

namespace Tasklane.Stores.Sql.MySql;

/// <summary>Rows of a result, which somebody else closes.</summary>
internal sealed class MySqlRows(MySqlDataReader reader) : IRows
{
    public bool Next() => reader.Read();

    public bool IsNull(int column) => reader.IsDBNull(column);

    public long Int(int column) => reader.GetInt64(column);

    public double Real(int column) => reader.GetDouble(column);

    // Names are kept as bytes: they are compared as such, and a space at the end counts.
    public string Text(int column) => reader.GetValue(column) is byte[] bytes ? Encoding.UTF8.GetString(bytes) : reader.GetString(column);

    public DateTimeOffset Time(int column) => DateTimeOffset.FromUnixTimeMilliseconds(Int(column));

    public bool Flag(int column) => Int(column) != 0;

    public byte[] Bytes(int column) => (byte[])reader.GetValue(column);

    void IDisposable.Dispose()
    {
    }
}

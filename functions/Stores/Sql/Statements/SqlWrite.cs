namespace Tasklane.Stores.Sql.Statements;

internal enum ColumnType
{
    Int,
    Real,
    Text,
    Time,
    Flag,
    Bytes,
}

internal readonly record struct Column(string Name, ColumnType Type)
{
    public static Column Int(string name) => new(name, ColumnType.Int);
    public static Column Real(string name) => new(name, ColumnType.Real);
    public static Column Text(string name) => new(name, ColumnType.Text);
    public static Column Time(string name) => new(name, ColumnType.Time);
    public static Column Flag(string name) => new(name, ColumnType.Flag);
    public static Column Bytes(string name) => new(name, ColumnType.Bytes);
}

/// <summary>
/// A write of one row, in both dialects. SQLite runs it row by row, which costs microseconds; PostgreSQL runs it once for all the
/// rows of a commit, given as one array per column, so that a hundred transitions cost it a handful of statements.
/// The values are given in the order of <see cref="Columns"/>.
/// </summary>
internal sealed class SqlWrite
{
    private static int count;

    private SqlWrite(IReadOnlyList<Column> columns, string sqlite, string postgres) =>
        // To SQLite $1 would be a name, ?1 is a position.
        (Columns, Sqlite, Postgres, Number) = (columns, sqlite.Replace('$', '?'), postgres, Interlocked.Increment(ref count) - 1);

    public IReadOnlyList<Column> Columns { get; }

    public string Sqlite { get; }

    public string Postgres { get; }

    /// <summary>Place in a connection's table of statements.</summary>
    public int Number { get; }

    /// <summary>How many writes there are.</summary>
    public static int Count => count;

    public static SqlWrite Insert(string table, params Column[] columns) => new(
        columns,
        $"insert into {table} ({Names(columns)}) values ({Placeholders(columns)})",
        $"insert into {table} ({Names(columns)}) select * from {Unnest(columns)}");

    /// <summary>Writes the row, or writes it again where the first <paramref name="keys"/> columns are the same. Once per commit and key.</summary>
    public static SqlWrite Put(string table, int keys, params Column[] columns) =>
        Upsert(table, keys, columns, column => $"{column} = excluded.{column}");

    /// <summary>Adds to the numbers of a row, made with them when it is not there. Once per commit and key.</summary>
    public static SqlWrite Add(string table, int keys, params Column[] columns) =>
        Upsert(table, keys, columns, column => $"{column} = {table}.{column} + excluded.{column}");

    /// <summary>Changes the row whose first column has the first value.</summary>
    public static SqlWrite Update(string table, params Column[] columns) => new(
        columns,
        $"update {table} set {string.Join(", ", columns.Select((c, i) => $"{c.Name} = ${i + 1}").Skip(1))} where {columns[0].Name} = $1",
        $"update {table} as t set {string.Join(", ", columns.Skip(1).Select(c => $"{c.Name} = u.{c.Name}"))} from {Unnest(columns)} where t.{columns[0].Name} = u.{columns[0].Name}");

    /// <summary>Adds the second value to the second column of the row whose first column has the first. Once per commit and key.</summary>
    public static SqlWrite Raise(string table, Column key, Column number) => new(
        [key, number],
        $"update {table} set {number.Name} = {number.Name} + $2 where {key.Name} = $1",
        $"update {table} as t set {number.Name} = t.{number.Name} + u.{number.Name} from {Unnest([key, number])} where t.{key.Name} = u.{key.Name}");

    /// <summary>Deletes the rows whose columns have these values; a name with a trailing operator ("version &lt;=") compares with it.</summary>
    public static SqlWrite Delete(string table, params Column[] columns)
    {
        var conditions = columns.Select(c => c.Name.Contains(' ', StringComparison.Ordinal) ? c.Name : c.Name + " =").ToArray();
        var values = columns.Select((c, i) => c with { Name = $"v{i + 1}" }).ToArray();
        return new(
            columns,
            $"delete from {table} where {string.Join(" and ", conditions.Select((c, i) => $"{c} ${i + 1}"))}",
            $"delete from {table} as t using {Unnest(values)} where {string.Join(" and ", conditions.Select((c, i) => $"t.{c} u.v{i + 1}"))}");
    }

    private static SqlWrite Upsert(string table, int keys, Column[] columns, Func<string, string> set)
    {
        var conflict = $"on conflict ({Names(columns[..keys])}) do update set {string.Join(", ", columns[keys..].Select(c => set(c.Name)))}";
        return new(
            columns,
            $"insert into {table} ({Names(columns)}) values ({Placeholders(columns)}) {conflict}",
            $"insert into {table} ({Names(columns)}) select * from {Unnest(columns)} {conflict}");
    }

    private static string Names(Column[] columns) => string.Join(", ", columns.Select(c => c.Name));

    private static string Placeholders(Column[] columns) => string.Join(", ", columns.Select((_, i) => $"${i + 1}"));

    private static string Unnest(Column[] columns) =>
        $"unnest({string.Join(", ", columns.Select((c, i) => $"${i + 1}::{ArrayOf(c.Type)}"))}) as u({Names(columns)})";

    private static string ArrayOf(ColumnType type) => type switch
    {
        ColumnType.Int => "bigint[]",
        ColumnType.Real => "double precision[]",
        ColumnType.Text => "text[]",
        ColumnType.Time => "timestamptz[]",
        ColumnType.Flag => "boolean[]",
        ColumnType.Bytes => "bytea[]",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}

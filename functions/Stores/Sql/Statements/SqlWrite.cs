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

/// <param name="IsGiven">False: SQLite is told the value, a server gives one itself.</param>
internal readonly record struct Column(string Name, ColumnType Type, bool IsGiven = true)
{
    public static Column Int(string name) => new(name, ColumnType.Int);
    public static Column Real(string name) => new(name, ColumnType.Real);
    public static Column Text(string name) => new(name, ColumnType.Text);
    public static Column Time(string name) => new(name, ColumnType.Time);
    public static Column Flag(string name) => new(name, ColumnType.Flag);
    public static Column Bytes(string name) => new(name, ColumnType.Bytes);

    /// <summary>A number that servers count up by themselves.</summary>
    public static Column Auto(string name) => new(name, ColumnType.Int, IsGiven: false);
}

/// <summary>
/// A write of one row, in every dialect. SQLite and MySQL run it row by row; PostgreSQL several rows at once, given value by value: to
/// take thirty arrays apart costs more than the writes. The values are given in the order of <see cref="Columns"/>.
/// </summary>
internal sealed class SqlWrite
{
    /// <summary>Numbers of rows for which PostgreSQL has a text, the largest first: any number of rows is a few of them.</summary>
    public static readonly int[] RowsAtOnce = [16, 4, 1];

    private static int count;
    private readonly Dictionary<int, string> postgres;

    /// <param name="postgres">With <c>{rows}</c> where the rows stand as <c>u</c>.</param>
    /// <param name="names">What the columns of these rows are called, where it is not what the table calls them.</param>
    private SqlWrite(Column[] columns, string sqlite, string postgres, string mysql, Column[]? names = null)
    {
        // To SQLite $1 would be a name, ?1 is a position.
        (Columns, Sqlite, MySql) = (columns, sqlite.Replace('$', '?'), mysql.Replace("$", "@p", StringComparison.Ordinal));
        this.postgres = RowsAtOnce.ToDictionary(rows => rows, rows => postgres.Replace("{rows}", Values(names ?? columns, rows), StringComparison.Ordinal));
        GivenCount = columns.Count(column => column.IsGiven);
        Number = Interlocked.Increment(ref count) - 1;
    }

    public IReadOnlyList<Column> Columns { get; }

    public string Sqlite { get; }

    public string MySql { get; }

    /// <summary>How many columns have values that a server is told.</summary>
    public int GivenCount { get; }

    /// <summary>Place in a connection's table of statements.</summary>
    public int Number { get; }

    /// <summary>How many writes there are.</summary>
    public static int Count => count;

    /// <param name="rows">One of <see cref="RowsAtOnce"/>.</param>
    public string Postgres(int rows) => postgres[rows];

    public static SqlWrite Insert(string table, params Column[] columns)
    {
        var given = GivenOf(columns);
        return new(
            columns,
            $"insert into {table} ({Names(columns)}) values ({Placeholders(columns)})",
            $"insert into {table} ({Names(given)}) select * from {{rows}}",
            $"insert into {table} ({Names(given)}) values ({GivenPlaceholders(columns)})");
    }

    /// <summary>Writes the row, or writes it again where the first <paramref name="keys"/> columns are the same. Once per commit and key.</summary>
    public static SqlWrite Put(string table, int keys, params Column[] columns) =>
        Upsert(table, keys, columns, column => $"{column} = excluded.{column}", column => $"{column} = values({column})");

    /// <summary>Adds to the numbers of a row, made with them when it is not there. Once per commit and key.</summary>
    public static SqlWrite Add(string table, int keys, params Column[] columns) =>
        Upsert(table, keys, columns, column => $"{column} = {table}.{column} + excluded.{column}", column => $"{column} = {column} + values({column})");

    /// <summary>Changes the row whose first column has the first value.</summary>
    public static SqlWrite Update(string table, params Column[] columns) => Update(table, 1, columns);

    /// <summary>Changes the row whose first columns, as many as <paramref name="keys"/> says, have the first values.</summary>
    public static SqlWrite Update(string table, int keys, params Column[] columns)
    {
        var single = $"update {table} set {string.Join(", ", columns.Select((c, i) => $"{c.Name} = ${i + 1}").Skip(keys))} "
            + $"where {string.Join(" and ", columns.Take(keys).Select((c, i) => $"{c.Name} = ${i + 1}"))}";
        return new(
            columns,
            single,
            $"update {table} as t set {string.Join(", ", columns.Skip(keys).Select(c => $"{c.Name} = u.{c.Name}"))} from {{rows}} "
                + $"where {string.Join(" and ", columns.Take(keys).Select(c => $"t.{c.Name} = u.{c.Name}"))}",
            single);
    }

    /// <summary>
    /// Deletes the rows whose columns have these values; a name with a trailing operator ("version &lt;=") compares with it.
    /// <paramref name="also"/> is a further condition on <c>t</c>.
    /// </summary>
    public static SqlWrite Delete(string table, string? also, params Column[] columns)
    {
        var conditions = columns.Select(c => c.Name.Contains(' ', StringComparison.Ordinal) ? c.Name : c.Name + " =").ToArray();
        var values = columns.Select((c, i) => c with { Name = $"v{i + 1}" }).ToArray();
        var where = string.Join(" and ", conditions.Select((c, i) => $"t.{c} ${i + 1}")) + (also is null ? "" : $" and {also}");
        return new(
            columns,
            $"delete from {table} as t where {where}",
            $"delete from {table} as t using {{rows}} where {string.Join(" and ", conditions.Select((c, i) => $"t.{c} u.v{i + 1}"))}{(also is null ? "" : $" and {also}")}",
            $"delete t from {table} as t where {where}",
            values);
    }

    public static SqlWrite Delete(string table, params Column[] columns) => Delete(table, null, columns);

    /// <summary>A write that has a text of its own in each dialect. PostgreSQL's has the rows as <c>u</c>, where <c>{rows}</c> stands.</summary>
    public static SqlWrite Of(Column[] columns, string sqlite, string postgres, string mysql) =>
        new(columns, sqlite, postgres, mysql);

    private static SqlWrite Upsert(string table, int keys, Column[] columns, Func<string, string> set, Func<string, string> setMySql)
    {
        var conflict = $"on conflict ({Names(columns[..keys])}) do update set {string.Join(", ", columns[keys..].Select(c => set(c.Name)))}";
        return new(
            columns,
            $"insert into {table} ({Names(columns)}) values ({Placeholders(columns)}) {conflict}",
            $"insert into {table} ({Names(columns)}) select * from {{rows}} {conflict}",
            $"insert into {table} ({Names(columns)}) values ({Placeholders(columns)}) on duplicate key update {string.Join(", ", columns[keys..].Select(c => setMySql(c.Name)))}");
    }

    private static Column[] GivenOf(Column[] columns) => [.. columns.Where(column => column.IsGiven)];

    private static string Names(Column[] columns) => string.Join(", ", columns.Select(c => c.Name));

    private static string Placeholders(Column[] columns) => string.Join(", ", columns.Select((_, i) => $"${i + 1}"));

    private static string GivenPlaceholders(Column[] columns) =>
        string.Join(", ", columns.Select((column, i) => (column, i)).Where(one => one.column.IsGiven).Select(one => $"${one.i + 1}"));

    private static string Values(Column[] columns, int rows)
    {
        var given = GivenOf(columns);
        var lists = Enumerable.Range(0, rows).Select(row => $"({string.Join(", ", given.Select((c, i) => $"${(row * given.Length) + i + 1}::{TypeOf(c.Type)}"))})");
        return $"(values {string.Join(", ", lists)}) as u({Names(given)})";
    }

    private static string TypeOf(ColumnType type) => type switch
    {
        ColumnType.Int => "bigint",
        ColumnType.Real => "double precision",
        ColumnType.Text => "text",
        ColumnType.Time => "timestamptz",
        ColumnType.Flag => "boolean",
        ColumnType.Bytes => "bytea",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };
}

namespace Tasklane.Emulator.Durable.Rpc;

/// <summary>
/// What portable workers have ever taken here, also before a restart: their work waits for the next worker, where work that nobody
/// has ever taken is refused.
/// </summary>
/// <param name="file">Keeps the names, one a line; null keeps them in memory.</param>
internal sealed class WorkerNames(string? file = null)
{
    /// <summary>Stands for a worker that names nothing, and so takes everything.</summary>
    private const string Everything = "*";

    private readonly Lock _gate = new();
    private HashSet<string>? _names;

    public bool Contains(DurableKind kind, string name)
    {
        lock (_gate)
        {
            var names = Names();
            return names.Contains(Everything) || names.Contains(Line(kind, name));
        }
    }

    public void AddEverything() => Add([Everything]);

    public void Add(DurableKind kind, IEnumerable<string> names) => Add(names.Select(name => Line(kind, name)));

    private void Add(IEnumerable<string> lines)
    {
        lock (_gate)
        {
            var added = lines.Where(Names().Add).ToArray();
            if (added.Length == 0 || file is null)
                return;
            try
            {
                File.AppendAllLines(file, added);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A disk that is full. Until the next start the names are known all the same.
            }
        }
    }

    private HashSet<string> Names() =>
        _names ??= new(file is not null && File.Exists(file) ? File.ReadAllLines(file) : [], StringComparer.OrdinalIgnoreCase);

    private static string Line(DurableKind kind, string name) => $"{kind} {name}";
}

using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator.Functions;

/// <summary>
/// The app's functions: found, compiled and handed to the kinds of triggers that run them, all before anything
/// listens. What cannot run is kept, in error, with the real host's sentence.
/// </summary>
internal sealed class FunctionCatalog(
    EmulatorEnvironment environment,
    IEnumerable<ITriggerKind> kinds,
    FunctionPlanServices planServices,
    NameResolver names,
    ILoggerFactory loggers)
{
    private readonly ILogger _log = loggers.CreateLogger("Host.Startup");
    private readonly Lock _loading = new();
    private bool _loaded;

    public IReadOnlyList<FunctionInfo> Functions { get; private set; } = [];

    public IReadOnlyList<ITriggerKind> Kinds { get; } = [.. kinds];

    public FunctionInfo? Find(string name) =>
        Functions.FirstOrDefault(f => string.Equals(f.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Loads once; later calls find it done.</summary>
    public void Load()
    {
        lock (_loading)
        {
            if (_loaded)
                return;
            _loaded = true;
            Functions = [.. FunctionDiscovery.Find(environment.FunctionTypes, names)];
            var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var function in Functions)
                Prepare(function, seen);
        }
    }

    private void Prepare(FunctionInfo function, HashSet<string> seen)
    {
        try
        {
            if (!seen.Add(function.Name))
            {
                throw new FunctionErrorException(
                    $"The function or proxy name '{function.Name}' must be unique within the function app.");
            }
            var kind = Kinds.FirstOrDefault(k => k.Handles(function.Trigger))
                ?? throw new FunctionErrorException(BindingNames.NotRegistered(function.Trigger));
            function.Plan = new FunctionPlan(function, planServices);
            kind.Add(function);
            function.Kind = kind;
        }
        catch (Exception e) when (e is FunctionErrorException or InvalidOperationException or ArgumentException)
        {
            function.Error = e.Message;
            function.Plan = null;
            _log.LogError("The '{Name}' function is in error: {Error}", function.Name, e.Message);
        }
    }
}

/// <summary>Finds [Function] methods.</summary>
internal static class FunctionDiscovery
{
    private const BindingFlags Methods =
        BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The types of an app: its assembly's, and those of what it references that use the programming model.</summary>
    public static IReadOnlyList<Type> TypesOf(Assembly app)
    {
        var model = typeof(FunctionAttribute).Assembly.GetName().Name;
        var referenced = app.GetReferencedAssemblies()
            .Where(name => name.Name != model)
            .Select(TryLoad)
            .OfType<Assembly>()
            .Where(a => a.GetReferencedAssemblies().Any(r => r.Name == model));
        return [.. referenced.Prepend(app).SelectMany(a => a.GetExportedTypes())];
    }

    public static IEnumerable<FunctionInfo> Find(IEnumerable<Type> types, NameResolver names)
    {
        foreach (var type in types)
        {
            foreach (var method in type.GetMethods(Methods))
            {
                if (method.GetCustomAttribute<FunctionAttribute>() is { } attribute)
                    yield return Describe(attribute.Name, method, names);
            }
        }
    }

    private static FunctionInfo Describe(string name, MethodInfo method, NameResolver names)
    {
        var triggers = method.GetParameters()
            .Select(p => (Parameter: p, Trigger: p.GetCustomAttribute<TriggerBindingAttribute>()))
            .Where(p => p.Trigger is not null)
            .ToArray();
        if (triggers.Length != 1)
        {
            throw new FunctionErrorException(
                $"The '{name}' function ({method.DeclaringType}.{method.Name}) must have exactly one trigger, not {triggers.Length}.");
        }
        return new FunctionInfo
        {
            Name = name,
            Method = method,
            TriggerParameter = triggers[0].Parameter,
            Trigger = triggers[0].Trigger!,
            IsDisabled = names.Setting($"AzureWebJobs.{name}.Disabled") is "1" or "true" or "True",
        };
    }

    private static Assembly? TryLoad(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (IOException)
        {
            // A reference that is not deployed holds no functions.
            return null;
        }
    }
}

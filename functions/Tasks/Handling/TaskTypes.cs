using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Tasklane.Tasks.Handling;

/// <summary>The task types this application runs, by name.</summary>
public sealed class TaskTypes
{
    private readonly FrozenDictionary<string, TaskTypeInfo> _byName;

    private TaskTypes(IReadOnlyList<TaskTypeInfo> all)
    {
        All = all;
        Public = [.. all.Where(type => !type.IsInternal)];
        _byName = all.ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);
        Names = string.Join(", ", Public.Select(type => type.Name));
    }

    /// <summary>Ordered by name.</summary>
    public IReadOnlyList<TaskTypeInfo> All { get; }

    /// <summary>Those that requests may name.</summary>
    public IReadOnlyList<TaskTypeInfo> Public { get; }

    /// <summary>For messages: "export, noop, ...".</summary>
    public string Names { get; }

    public bool TryGet(string name, [NotNullWhen(true)] out TaskTypeInfo? type) => _byName.TryGetValue(name, out type);

    /// <summary>Finds the classes marked with <see cref="TaskTypeAttribute"/>; those for development only when asked.</summary>
    /// <exception cref="InvalidOperationException">A marked class is no handler, a name is bad or given twice, or a payload has no schema we can check.</exception>
    public static TaskTypes Discover(Assembly assembly, bool development) => Of(
        from type in assembly.GetTypes()
        let attribute = type.GetCustomAttribute<TaskTypeAttribute>(inherit: false)
        where attribute is not null && (development || !attribute.DevelopmentOnly)
        select type);

    /// <summary>The types of these handler classes.</summary>
    /// <inheritdoc cref="Discover" path="exception"/>
    public static TaskTypes Of(IEnumerable<Type> handlers)
    {
        var all = handlers.Select(Make).OrderBy(type => type.Name, StringComparer.Ordinal).ToArray();
        var twice = all.GroupBy(type => type.Name).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? new TaskTypes(all) : throw new InvalidOperationException($"Two handlers have the task type '{twice.Key}'.");
    }

    private static TaskTypeInfo Make(Type handler)
    {
        var attribute = handler.GetCustomAttribute<TaskTypeAttribute>(inherit: false)
            ?? throw new InvalidOperationException($"{handler} has no [TaskType].");
        if (attribute.Name.Length is 0 or > 50 || attribute.Name.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '_'))
            throw new InvalidOperationException($"{handler}: '{attribute.Name}' is no name for a task type (lower case letters, digits and '_').");
        var contract = handler.GetInterfaces()
            .SingleOrDefault(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ITaskHandler<>))
            ?? throw new InvalidOperationException($"{handler} has [TaskType] but is no ITaskHandler<>.");
        var closed = typeof(TaskTypeInfo<,>).MakeGenericType(handler, contract.GenericTypeArguments[0]);
        try
        {
            return (TaskTypeInfo)Activator.CreateInstance(closed, attribute)!;
        }
        catch (TargetInvocationException failure) when (failure.InnerException is { } cause)
        {
            throw new InvalidOperationException($"{handler}: {cause.Message}", cause);
        }
    }
}

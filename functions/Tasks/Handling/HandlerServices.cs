using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Tasklane.Tasks.Handling;

/// <summary>
/// Looks at start whether handlers can be made: a service that nobody registered would otherwise fail every attempt of every
/// task of the type. What the services themselves need is the container's to check when it is built.
/// </summary>
internal static class HandlerServices
{
    /// <summary>Whether the app's handlers are as they must be and can be made; when not, the reasons are written, a sentence each.</summary>
    public static bool Suffice(IServiceProvider services, TextWriter errors)
    {
        try
        {
            return Suffice(services.GetRequiredService<TaskTypes>(), services, errors);
        }
        catch (InvalidOperationException refused)
        {
            errors.WriteLine(refused.Message);
            return false;
        }
    }

    internal static bool Suffice(TaskTypes types, IServiceProvider services, TextWriter errors)
    {
        string[] problems = [.. types.All.SelectMany(type => type.MissingServices(services)), .. UnknownTypes(types, services)];
        foreach (var sentence in problems)
            errors.WriteLine(sentence);
        return problems.Length == 0;
    }

    /// <summary>A limit for a type that is misspelt would limit nothing, and what comes in for it would be set aside.</summary>
    private static IEnumerable<string> UnknownTypes(TaskTypes types, IServiceProvider services)
    {
        if (services.GetService<TasklaneOptions>() is not { } options)
            yield break;
        foreach (var name in options.Lanes.Types.Keys.Where(name => !types.TryGet(name, out _)))
            yield return $"Tasklane:Lanes:Types:{name} is the limit of a task type that is not here; known are: {types.Names}.";
        foreach (var (name, type) in options.Intake.Events.Where(pair => !types.TryGet(pair.Value, out _)))
            yield return $"Tasklane:Intake:Events:{name} is '{type}', a task type that is not here; known are: {types.Names}.";
        if (services.GetService<StreamSettings>() is { Enabled: true } && !types.TryGet(options.Intake.StreamType, out _))
            yield return $"Tasklane:Intake:StreamType is '{options.Intake.StreamType}', a task type that is not here; known are: {types.Names}.";
    }

    public static IEnumerable<string> Missing(Type handler, IServiceProvider services)
    {
        var known = services.GetRequiredService<IServiceProviderIsService>();
        return from parameter in ConstructorOf(handler)?.GetParameters() ?? []
               where !parameter.HasDefaultValue && !IsKnown(parameter)
               select $"{handler}: its constructor asks for {parameter.ParameterType}, which is not registered. Register it where Program.cs builds the services.";

        bool IsKnown(ParameterInfo parameter) => parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed
            ? known is IServiceProviderIsKeyedService byKey && byKey.IsKeyedService(parameter.ParameterType, keyed.Key)
            : known.IsService(parameter.ParameterType);
    }

    // As the factory chooses, which refuses a handler with several that none is preferred of.
    private static ConstructorInfo? ConstructorOf(Type handler)
    {
        var all = handler.GetConstructors();
        return all.FirstOrDefault(one => one.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute))) ?? all.FirstOrDefault();
    }
}

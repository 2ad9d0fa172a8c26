using System.Collections.Immutable;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Tasklane.Emulator.Functions;

/// <summary>A function as middleware sees it.</summary>
internal sealed class InvocationDefinition : FunctionDefinition
{
    public InvocationDefinition(FunctionInfo function, IEnumerable<OutputSlot> outputs)
    {
        Name = function.Name;
        EntryPoint = function.EntryPoint;
        PathToAssembly = function.Method.Module.Assembly.Location;
        // The real id is a hash too; only its stability counts.
        Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{EntryPoint}:{Name}")).AsSpan(0, 8));
        Parameters = [.. function.Method.GetParameters().Select(ToParameter)];
        InputBindings = function.Method.GetParameters()
            .Select(p => (p.Name, Attribute: p.GetCustomAttribute<BindingAttribute>()))
            .Where(p => p.Attribute is not null)
            .ToImmutableDictionary(
                p => p.Name!, p => (BindingMetadata)new Binding(p.Name!, BindingNames.TypeOf(p.Attribute!), BindingDirection.In));
        OutputBindings = outputs.ToImmutableDictionary(
            o => o.Name, o => (BindingMetadata)new Binding(o.Name, o.BindingType, BindingDirection.Out));
    }

    public override string Id { get; }

    public override string Name { get; }

    public override string EntryPoint { get; }

    public override string PathToAssembly { get; }

    public override ImmutableArray<FunctionParameter> Parameters { get; }

    public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; }

    public override IImmutableDictionary<string, BindingMetadata> OutputBindings { get; }

    private static FunctionParameter ToParameter(ParameterInfo parameter)
    {
        var properties = new Dictionary<string, object>();
        if (parameter.GetCustomAttribute<BindingAttribute>() is { } attribute)
            properties["bindingAttribute"] = attribute;
        return new FunctionParameter(
            parameter.Name!, parameter.ParameterType, parameter.HasDefaultValue, parameter.DefaultValue, properties);
    }

    private sealed class Binding(string name, string type, BindingDirection direction) : BindingMetadata
    {
        public override string Name => name;

        public override string Type => type;

        public override BindingDirection Direction => direction;
    }
}

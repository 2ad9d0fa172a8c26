namespace Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

/// <summary>Something a function is bound to.</summary>
[AttributeUsage(AttributeTargets.Method)]
public abstract class BindingAttribute : Attribute
{
    public BindingAttribute()
    {
    }
}

/// <summary>What starts a function; one per function, on a parameter.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public abstract class TriggerBindingAttribute : BindingAttribute
{
    public TriggerBindingAttribute()
    {
    }
}

/// <summary>Where the value of a parameter comes from.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public abstract class InputBindingAttribute : BindingAttribute
{
    public InputBindingAttribute()
    {
    }
}

/// <summary>Where what a function returns, or a property of it, goes.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
public abstract class OutputBindingAttribute : BindingAttribute
{
    public OutputBindingAttribute()
    {
    }
}

/// <summary>What a kind of binding can do; see <see cref="KnownBindingCapabilities"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class BindingCapabilitiesAttribute(params string[] capabilities) : Attribute
{
    public string[] Capabilities { get; } = capabilities;
}

/// <summary>Names of capabilities.</summary>
public static class KnownBindingCapabilities
{
    public const string FunctionLevelRetry = "FunctionLevelRetry";
}

/// <summary>The name a property has in the binding's metadata when it is not the property's own.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BindingPropertyNameAttribute(string bindingPropertyName) : Attribute
{
    public string BindingPropertyName { get; } = bindingPropertyName;
}

/// <summary>The value of a binding's property that was not set.</summary>
[AttributeUsage(AttributeTargets.Property)]
public class DefaultValueAttribute : Attribute
{
    public DefaultValueAttribute(string stringDefault) => DefaultStringValue = stringDefault;

    public DefaultValueAttribute(bool boolDefault) => DefaultBoolValue = boolDefault;

    public string? DefaultStringValue { get; }

    public bool? DefaultBoolValue { get; }
}

/// <summary>Whether a trigger hands over one item or a batch.</summary>
public interface ISupportCardinality
{
    Cardinality Cardinality { get; set; }
}

/// <summary>One item or a batch.</summary>
public enum Cardinality
{
    Many,
    One,
}

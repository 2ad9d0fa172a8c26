using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Handling.Schemas;

/// <summary>
/// What a payload's attributes ask beyond what its schema says: attributes of the author's own, those that compare members, and
/// <see cref="IValidatableObject"/>. Checked on the payload as the handler gets it, once it fits the schema.
/// </summary>
internal sealed class PayloadRules
{
    private readonly Dictionary<Type, Shape> _shapes = [];
    private bool _any;

    private PayloadRules()
    {
    }

    /// <summary>Null when the schema says everything, so that most payloads are not read to be checked.</summary>
    /// <exception cref="NotSupportedException">An attribute would be ignored, or cannot work.</exception>
    public static PayloadRules? Of(Type payload)
    {
        var rules = new PayloadRules();
        rules.Find(payload);
        return rules._any ? rules : null;
    }

    /// <param name="root">What pointers to fields begin with.</param>
    /// <param name="services">What attributes may ask for services.</param>
    public IReadOnlyList<FieldError> Check(object? payload, string root, IServiceProvider? services)
    {
        var errors = new List<FieldError>();
        Value(payload, root, services, errors);
        return errors;
    }

    private Shape Find(Type type)
    {
        if (_shapes.TryGetValue(type, out var known))
            return known;
        var shape = _shapes[type] = new Shape(); // known before its parts are: a record may hold itself
        var json = HandlerJson.Options.GetTypeInfo(type);
        shape.IsValidatable = typeof(IValidatableObject).IsAssignableFrom(type);
        shape.OfType = [.. type.GetCustomAttributes<ValidationAttribute>(inherit: true)];
        _any |= shape.IsValidatable || shape.OfType.Length > 0;
        if (json.Kind == JsonTypeInfoKind.Object)
        {
            Annotations.RequireAllUsable(json);
            shape.Members = [.. json.Properties.Where(property => property.Get is not null).Select(Make)];
        }
        else if (json.ElementType is { } element)
        {
            shape.HasItems = true;
            Find(element);
        }
        return shape;
    }

    private Member Make(JsonPropertyInfo property)
    {
        ValidationAttribute[] attributes = [.. Annotations.Of(property).OfType<ValidationAttribute>()
            .Where(one => !Annotations.IsSaidBySchema(one, property.PropertyType)).Distinct()];
        _any |= attributes.Length > 0;
        Find(property.PropertyType);
        return new Member(property.Name, Annotations.ClrName(property), property.Get!, attributes);
    }

    private void Value(object? value, string at, IServiceProvider? services, List<FieldError> errors)
    {
        if (value is null || !_shapes.TryGetValue(value.GetType(), out var shape))
            shape = value is null ? null : Declared(value.GetType());
        if (shape is null or { IsPlain: true } || errors.Count >= SchemaCheck.MaxErrors)
            return;
        if (shape.HasItems)
            Items(value!, at, services, errors);
        else
            Object(value!, shape, at, services, errors);
    }

    /// <summary>A list declared as an interface is read into a class that was never looked at.</summary>
    private Shape? Declared(Type actual) => _shapes.FirstOrDefault(pair => pair.Value.HasItems && pair.Key.IsAssignableFrom(actual)).Value;

    private void Items(object value, string at, IServiceProvider? services, List<FieldError> errors)
    {
        if (value is IDictionary named)
        {
            foreach (DictionaryEntry item in named)
                Value(item.Value, $"{at}/{SchemaCheck.Escape(item.Key.ToString()!)}", services, errors);
            return;
        }
        var index = 0;
        foreach (var item in (IEnumerable)value)
            Value(item, $"{at}/{index++}", services, errors);
    }

    private void Object(object value, Shape shape, string at, IServiceProvider? services, List<FieldError> errors)
    {
        var before = errors.Count;
        foreach (var member in shape.Members)
        {
            var part = member.Get(value);
            var field = $"{at}/{SchemaCheck.Escape(member.Name)}";
            var context = new ValidationContext(value, services, items: null) { MemberName = member.ClrName, DisplayName = member.Name };
            foreach (var attribute in member.Attributes)
            {
                if (attribute.GetValidationResult(part, context) is { } wrong)
                    errors.Add(RuleTexts.ErrorOf(attribute, wrong, field, part));
            }
            Value(part, field, services, errors);
        }
        // As everywhere in .NET: what looks at the whole may count on its parts.
        if (errors.Count > before)
            return;
        var whole = new ValidationContext(value, services, items: null);
        foreach (var attribute in shape.OfType)
            Add(attribute.GetValidationResult(value, whole));
        if (shape.IsValidatable && errors.Count == before)
        {
            foreach (var wrong in ((IValidatableObject)value).Validate(whole))
                Add(wrong);
        }

        void Add(ValidationResult? wrong)
        {
            if (wrong is null)
                return;
            var names = wrong.MemberNames.Select(name => shape.Members.FirstOrDefault(member => member.ClrName == name)?.Name ?? name).ToArray();
            foreach (var field in names.Length == 0 ? [at] : names.Select(name => $"{at}/{SchemaCheck.Escape(name)}"))
                errors.Add(new FieldError(field, FieldErrors.Rule, wrong.ErrorMessage ?? "is refused"));
        }
    }

    private sealed class Shape
    {
        /// <summary>A text or a number: of those a payload may have thousands.</summary>
        public bool IsPlain => !HasItems && !IsValidatable && OfType.Length == 0 && Members.Length == 0;

        public bool IsValidatable { get; set; }

        public bool HasItems { get; set; }

        public ValidationAttribute[] OfType { get; set; } = [];

        public Member[] Members { get; set; } = [];
    }

    private sealed record Member(string Name, string ClrName, Func<object, object?> Get, ValidationAttribute[] Attributes);
}

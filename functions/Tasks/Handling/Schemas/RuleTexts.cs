using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Handling.Schemas;

/// <summary>What is said of a value that an attribute refuses: this API's words for the attributes of .NET, else the attribute's own.</summary>
internal static class RuleTexts
{
    public static FieldError ErrorOf(ValidationAttribute attribute, ValidationResult wrong, string field, object? value)
    {
        if (HasOwnMessage(attribute))
            return new FieldError(field, FieldErrors.Rule, wrong.ErrorMessage ?? "");
        var shown = Characters.Shorten(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null");
        return attribute switch
        {
            RequiredAttribute => new FieldError(field, FieldErrors.Blank),
            UrlAttribute => new FieldError(field, FieldErrors.Format, "http, https or ftp URL", shown),
            EmailAddressAttribute => new FieldError(field, FieldErrors.Format, "email", shown),
            PhoneAttribute => new FieldError(field, FieldErrors.Format, "phone number", shown),
            CreditCardAttribute => new FieldError(field, FieldErrors.Format, "credit card number", "…"), // not to be repeated in an answer or a log
            Base64StringAttribute => new FieldError(field, FieldErrors.Format, "base64", shown),
            RangeAttribute range => new FieldError(field, FieldErrors.Range, range.Minimum, range.Maximum, shown),
            _ => new FieldError(field, FieldErrors.Rule, wrong.ErrorMessage ?? attribute.FormatErrorMessage(field)),
        };
    }

    /// <summary>Whether the author chose the words, or the attribute is theirs.</summary>
    private static bool HasOwnMessage(ValidationAttribute attribute) =>
        attribute.GetType().Assembly != typeof(ValidationAttribute).Assembly
        || attribute.ErrorMessageResourceName is not null
        || (attribute.ErrorMessage is { } message && attribute switch
        {
            UrlAttribute => message != new UrlAttribute().ErrorMessage,
            EmailAddressAttribute => message != new EmailAddressAttribute().ErrorMessage,
            PhoneAttribute => message != new PhoneAttribute().ErrorMessage,
            CreditCardAttribute => message != new CreditCardAttribute().ErrorMessage,
            Base64StringAttribute => message != new Base64StringAttribute().ErrorMessage,
            _ => true,
        });
}

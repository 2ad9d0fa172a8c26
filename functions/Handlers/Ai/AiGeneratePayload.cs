using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Tasklane.Tasks.Handling;

namespace Tasklane.Handlers.Ai;

public sealed record AiGeneratePayload(
    [property: Description("What is asked."), Required, StringLength(200_000)] string Prompt,
    [property: Description("How the answer should be, in general."), StringLength(50_000)] string? System = null,
    [property: Description("The model; without it, the one of the setting Tasklane:Ai:Model."), StringLength(200, MinimumLength = 1)] string? Model = null,
    [property: Description("The most tokens that the answer may have."), Range(1, 1_000_000)] int? MaxTokens = null,
    [property: Description("0 is always the likeliest word; higher is freer."), Range(0, 2.0)] double? Temperature = null);

/// <param name="Text">The whole text, or its beginning where there is a file.</param>
/// <param name="Model">As the service names the one that wrote it.</param>
/// <param name="FinishReason">"stop", "length", "content_filter", ...</param>
/// <param name="Usage">Null when the service does not say.</param>
/// <param name="File">The whole text, where it is too long for a result.</param>
public sealed record AiGenerateResult(string Text, string Model, string FinishReason, AiUsage? Usage, TaskFile? File = null);

/// <summary>In tokens.</summary>
public sealed record AiUsage(long Input, long Output, long Total);

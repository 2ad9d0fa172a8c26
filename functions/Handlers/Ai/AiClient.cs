using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.Ai;

/// <summary>What is asked of the model.</summary>
/// <param name="Model">Null = the setting's.</param>
internal sealed record AiQuestion(string Prompt, string? System = null, string? Model = null, int? MaxTokens = null, double? Temperature = null);

internal sealed record AiText(string Text, string Model, string FinishReason, AiUsage? Usage);

/// <summary>
/// Asks the service of the settings, and takes its answer as it is written. The service is the operator's, so its address is not held
/// against the list of hosts for addresses that users name. Its key goes to it and nowhere else.
/// </summary>
public sealed class AiClient(TasklaneOptions options, TimeProvider time) : IDisposable
{
    private const int MostCharacters = 8 * 1024 * 1024;
    private const int ShortestSecret = 8;

    // A service that says "at once" again and again is not asked more often than this.
    private static readonly TimeSpan _shortestWait = TimeSpan.FromSeconds(1);

    private readonly AiOptions _options = options.Ai;

    // Not the factory's: its clients write requests into the log. A redirect would carry the key elsewhere.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2) })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    internal bool IsConfigured => _options.Endpoint.Length > 0;

    /// <param name="heard">Called with the characters so far, whenever some came.</param>
    /// <exception cref="TaskFailedException">With a code that begins with <c>ai_</c>.</exception>
    internal async Task<AiText> AskAsync(AiQuestion question, ITaskRun run, Action<int> heard, CancellationToken cancellation)
    {
        if (!IsConfigured)
        {
            throw new TaskFailedException("ai_not_configured",
                "No AI service is configured. Whoever runs Tasklane sets Tasklane:Ai:Endpoint (as https://api.openai.com/v1), Tasklane:Ai:Key and Tasklane:Ai:Model.", retry: false);
        }
        var model = question.Model ?? _options.Model;
        if (model.Length == 0)
        {
            throw new TaskFailedException("ai_no_model",
                "The payload names no 'model', and the setting Tasklane:Ai:Model is empty. Give one of them.", retry: false);
        }
        var waited = TimeSpan.Zero;
        while (true)
        {
            try
            {
                return await StreamAsync(question, model, heard, cancellation);
            }
            catch (ClientResultException refused)
            {
                var asked = WaitOf(refused) ?? throw Failure(refused);
                var wait = asked > _shortestWait ? asked : _shortestWait;
                waited += wait;
                if (waited > TimeSpan.FromSeconds(_options.MaxWaitSeconds) || run.SliceIsOver)
                    throw Failure(refused, wait);
                run.Log(TaskLogLevel.Info, $"The AI service answered {refused.Status} and asks to be asked again after {Seconds(wait)} s: waiting.");
                await Task.Delay(wait, time, cancellation);
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<AiText> StreamAsync(AiQuestion question, string model, Action<int> heard, CancellationToken cancellation)
    {
        var stallAfter = TimeSpan.FromSeconds(_options.StallSeconds);
        using var stall = new CancellationTokenSource(stallAfter, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellation);
        using var chat = ClientFor(model);
        var updates = new List<ChatResponseUpdate>();
        var characters = 0;
        try
        {
            await foreach (var update in chat.GetStreamingResponseAsync(MessagesOf(question), OptionsOf(question), either.Token))
            {
                stall.CancelAfter(stallAfter);
                updates.Add(update);
                if (update.Text.Length == 0)
                    continue;
                characters += update.Text.Length;
                if (characters > MostCharacters)
                    throw new TaskFailedException("ai_text_too_long", $"The text has more than {MostCharacters} characters. Give a smaller 'maxTokens'.", retry: false);
                heard(characters);
            }
        }
        catch (OperationCanceledException) when (stall.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TaskFailedException("ai_stalled", $"Nothing came from the AI service for {_options.StallSeconds} s, after {characters} characters.");
        }
        catch (ClientResultException silent) when (silent.Status == 0)
        {
            throw Broken(silent, characters);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or JsonException or FormatException or InvalidOperationException)
        {
            throw Broken(broken, characters);
        }
        return TextOf(updates.ToChatResponse(), model, characters);
    }

    private AiText TextOf(ChatResponse answer, string model, int characters)
    {
        // A stream that ends without one was cut off in a way that looks like an end.
        if (answer.FinishReason is not { } reason)
            throw new TaskFailedException("ai_broken_off", $"The AI service broke off after {characters} characters.");
        var usage = answer.Usage is { } used
            ? new AiUsage(used.InputTokenCount ?? 0, used.OutputTokenCount ?? 0, used.TotalTokenCount ?? (used.InputTokenCount ?? 0) + (used.OutputTokenCount ?? 0))
            : null;
        return new AiText(WithoutKey(answer.Text), WithoutKey(answer.ModelId ?? model), reason.Value, usage);
    }

    private IChatClient ClientFor(string model) => new OpenAIClient(
        // The library wants a key; a server that asks for none does not look at it.
        new ApiKeyCredential(_options.Key.Length > 0 ? _options.Key : "none"),
        new OpenAIClientOptions
        {
            Endpoint = new Uri(_options.Endpoint),
            Transport = new HttpClientPipelineTransport(_http),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0), // waits are ours: by the task's clock and within its slice
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            ClientLoggingOptions = new ClientLoggingOptions { EnableLogging = false },
        }).GetChatClient(model).AsIChatClient();

    private static ChatMessage[] MessagesOf(AiQuestion question) => question.System is { } system
        ? [new ChatMessage(ChatRole.System, system), new ChatMessage(ChatRole.User, question.Prompt)]
        : [new ChatMessage(ChatRole.User, question.Prompt)];

    private static ChatOptions OptionsOf(AiQuestion question) => new() { MaxOutputTokens = question.MaxTokens, Temperature = (float?)question.Temperature };

    private TimeSpan? WaitOf(ClientResultException refused)
    {
        if (refused.Status is not (429 or 503) || refused.GetRawResponse()?.Headers.TryGetValue("Retry-After", out var text) != true)
            return null;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds < 1e6)
            return TimeSpan.FromSeconds(seconds);
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
            return null;
        return date - time.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    private TaskFailedException Failure(ClientResultException refused, TimeSpan? wait = null)
    {
        var said = Characters.Cut(WithoutKey(refused.Message.ReplaceLineEndings(" ")), 1000);
        if (refused.Status == 429)
        {
            var after = wait is { } asked ? $" and asks to be asked again after {Seconds(asked)} s, more than an attempt waits (Tasklane:Ai:MaxWaitSeconds)" : "";
            return new TaskFailedException("ai_rate_limited", $"The AI service has had too many requests{after}: {said}");
        }
        return refused.Status is >= 300 and < 500 and not (408 or 409)
            ? new TaskFailedException("ai_refused", $"The AI service refused the request with status {refused.Status}: {said}", retry: false)
            : new TaskFailedException("ai_unavailable", $"The AI service answered {refused.Status}: {said}");
    }

    private TaskFailedException Broken(Exception cause, int characters) => characters == 0
        ? new TaskFailedException("ai_unavailable", $"The AI service could not be asked: {WithoutKey(cause.Message)}")
        : new TaskFailedException("ai_broken_off", $"The AI service broke off after {characters} characters: {WithoutKey(cause.Message)}");

    /// <summary>Services repeat a wrong key in their errors.</summary>
    private string WithoutKey(string text) => _options.Key.Length < ShortestSecret ? text : text.Replace(_options.Key, "***", StringComparison.Ordinal);

    private static string Seconds(TimeSpan wait) => Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}

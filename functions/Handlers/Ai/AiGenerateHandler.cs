using System.Text;
using System.Text.Json;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.Ai;

/// <summary>Has a text written. What is written cannot be taken up again, so an attempt that breaks off begins anew.</summary>
[TaskType("ai_generate", Description = "Has a language model write a text.")]
public sealed class AiGenerateHandler(AiClient ai) : ITaskHandler<AiGeneratePayload>
{
    private const int ChunkBytes = 1024 * 1024;

    /// <summary>Of a text that has a file.</summary>
    private const int Beginning = 4000;

    /// <summary>As JSON; leaves room for the rest of the result.</summary>
    private const int MostInResult = TaskLimits.MaxPayloadBytes - 4096;

    public async Task<Outcome> RunAsync(AiGeneratePayload payload, ITaskRun run)
    {
        run.ReportProgress(0, 0, "waiting for the first word");
        var question = new AiQuestion(payload.Prompt, payload.System, payload.Model, payload.MaxTokens, payload.Temperature);
        var answer = await ai.AskAsync(question, run, characters => run.ReportProgress(characters, 0, $"{characters} characters"), run.Cancellation);
        run.ReportProgress(answer.Text.Length, answer.Text.Length, $"{answer.Text.Length} characters");
        run.Log(TaskLogLevel.Info, $"{answer.Model} wrote {answer.Text.Length} characters and ended with '{answer.FinishReason}'.");
        return Outcome.Completed(await ResultOfAsync(answer, run));
    }

    private static async Task<AiGenerateResult> ResultOfAsync(AiText answer, ITaskRun run)
    {
        if (JsonSerializer.SerializeToUtf8Bytes(answer.Text, HandlerJson.Results).Length <= MostInResult)
            return new AiGenerateResult(answer.Text, answer.Model, answer.FinishReason, answer.Usage);
        var bytes = Encoding.UTF8.GetBytes(answer.Text);
        for (var chunk = 0; chunk * ChunkBytes < bytes.Length; chunk++)
            await run.WriteFileChunkAsync(chunk, bytes.AsMemory(chunk * ChunkBytes, Math.Min(ChunkBytes, bytes.Length - chunk * ChunkBytes)));
        var file = new TaskFile($"text-{run.Task.CreatedAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.txt", "text/plain; charset=utf-8", bytes.Length);
        return new AiGenerateResult(Characters.Cut(answer.Text, Beginning), answer.Model, answer.FinishReason, answer.Usage, file);
    }
}

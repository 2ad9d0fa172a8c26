using Tasklane.Tasks;
using Tasklane.Tasks.Problems;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

public sealed class ProblemTextsTests
{
    public static TheoryData<string> Codes => [.. ProblemTexts.Codes];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_code_is_told_in_both_languages_whatever_is_known(string code)
    {
        foreach (object[] args in new object[][] { [], ["a", "b", "c", "d"] })
        {
            var (english, chinese) = (ProblemTexts.Detail(code, Language.English, args), ProblemTexts.Detail(code, Language.Chinese, args));
            Assert.NotEqual(english, chinese);
            Assert.Contains(chinese, c => c >= 0x3000);
            Assert.DoesNotContain("{0}", english, StringComparison.Ordinal);
        }
        Assert.InRange(ProblemTexts.Status(code), 400, 503);
        Assert.NotEqual(ProblemTexts.Title(code, Language.English), ProblemTexts.Title(code, Language.Chinese));
    }

    /// <summary>Refusals that requests meet; the others are a worker's own affair.</summary>
    [Theory]
    [InlineData(TaskErrors.NotFound, 404)]
    [InlineData(TaskErrors.Running, 409)]
    [InlineData(TaskErrors.NotCancellable, 409)]
    [InlineData(TaskErrors.NotRetryable, 409)]
    [InlineData(TaskErrors.IdempotencyConflict, 409)]
    [InlineData(TaskErrors.IdempotencyGone, 410)]
    [InlineData(TaskErrors.StoreUnavailable, 503)]
    [InlineData("a code nobody has heard of", 500)]
    public void Status_is_what_the_code_means(string code, int status) => Assert.Equal(status, ProblemTexts.Status(code));

    [Fact]
    public void A_running_task_is_refused_in_the_words_asked_for() =>
        Assert.Equal("无法取消正在执行的任务", ProblemTexts.Title(TaskErrors.Running, Language.Chinese));

    [Fact]
    public void A_summary_names_three_errors_and_counts_the_rest()
    {
        FieldError[] errors = [.. Enumerable.Range(0, 5).Select(i => new FieldError($"/f{i}", FieldErrors.Required))];

        Assert.Equal("/f0 is missing; /f1 is missing; /f2 is missing; and 2 more", FieldErrors.Summary(errors, Language.English));
        Assert.Equal("/f0 缺失；/f1 缺失；/f2 缺失；另有 2 处", FieldErrors.Summary(errors, Language.Chinese));
    }
}

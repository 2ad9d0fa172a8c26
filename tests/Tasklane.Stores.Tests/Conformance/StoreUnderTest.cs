using Tasklane.Tasks;
using Tasklane.Tasks.Files;
using Tasklane.Tasks.Limits;
using Tasklane.Tasks.Market;
using Tasklane.Tasks.Schedules;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Tests.Conformance;

/// <summary>An initialized, empty store.</summary>
/// <param name="reopen">Opens the same data again, as another process with other options would, without emptying it.</param>
/// <param name="close">Lets go of the connection; whoever opened the server or file removes the data.</param>
public sealed class StoreUnderTest(
    ITaskStore tasks,
    ILogLineStore lines,
    IScheduleStore schedules,
    IRateStore rates,
    IFileStore files,
    IMarketStore market,
    Func<TasklaneOptions, Task<StoreUnderTest>> reopen,
    Func<ValueTask> close) : IAsyncDisposable
{
    public ITaskStore Tasks { get; } = tasks;

    public ILogLineStore Lines { get; } = lines;

    public IScheduleStore Schedules { get; } = schedules;

    public IRateStore Rates { get; } = rates;

    public IFileStore Files { get; } = files;

    public IMarketStore Market { get; } = market;

    public Task<StoreUnderTest> ReopenAsync(TasklaneOptions options) => reopen(options);

    public ValueTask DisposeAsync() => close();
}

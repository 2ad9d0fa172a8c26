using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Market;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.MarketData;

public sealed record InitSectorsPayload([property: Description("Also what is there already.")] bool Overwrite = false);

public sealed record InitStocksPayload(
    [property: Description("Prices of so many of the newest days come too."), Range(0, 3660)] int Days = 60,
    [property: Description("Also what is there already.")] bool Overwrite = false);

public sealed record BackfillByDatePayload(
    [property: Description("The day.")] DateOnly Date,
    [property: Description("Also what is there already.")] bool Overwrite = false);

public sealed record BackfillByRangePayload(
    [property: Description("The first day.")] DateOnly From,
    [property: Description("The last day, at most ten years later.")] DateOnly To,
    [property: Description("Also what is there already.")] bool Overwrite = false) : IValidatableObject
{
    private const int MostDays = 3660;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (To < From || To.DayNumber - From.DayNumber >= MostDays)
            yield return new ValidationResult($"must be 0 to {MostDays - 1} days after from", [nameof(To)]);
    }
}

/// <param name="Written">Rows that were written; the others were there already.</param>
/// <param name="DaysWithout">Days of which there are no prices.</param>
public sealed record MarketResult(long Rows, long Written, int Days = 0, int DaysWithout = 0);

/// <summary>Saves what a file has, some hundred rows at a time; a slice that begins anew goes on behind what was saved.</summary>
internal sealed class MarketLoad(IMarketStore market, MarketSource source, ITaskRun run, bool overwrite)
{
    private readonly Checkpoint _at = run.GetCheckpoint<Checkpoint>() ?? new Checkpoint();

    public Task<bool> SectorsAsync() => LoadAsync(0, source.SectorsAsync, market.SaveAsync);

    /// <param name="days">How many steps follow, for the progress.</param>
    public Task<bool> StocksAsync(int days) => LoadAsync(0, source.StocksAsync, market.SaveAsync, following: days);

    /// <summary>The newest days there are, as they were when it began.</summary>
    public IReadOnlyList<DateOnly> NewestDays(int most) => _at.NewestDays ??= [.. source.Days().TakeLast(most)];

    /// <summary>False: the slice is over, and there is more.</summary>
    public async Task<bool> PricesAsync(IReadOnlyList<DateOnly> days, int firstStep)
    {
        for (var i = Math.Max(0, _at.Step - firstStep); i < days.Count; i++)
        {
            var day = days[i];
            if (await source.PricesAsync(day, run.Cancellation) is { } prices)
            {
                if (!await LoadAsync(firstStep + i, _ => Task.FromResult(prices), market.SaveAsync, isCounted: false))
                    return false;
                _at.Days++;
            }
            else
            {
                run.Log(TaskLogLevel.Info, $"There are no prices of {day:yyyy-MM-dd}.");
                _at.DaysWithout++;
                _at.Step = firstStep + i + 1;
            }
            await run.SaveCheckpointAsync(_at);
            run.ReportProgress(_at.Counted + i + 1, _at.Counted + days.Count, $"{day:yyyy-MM-dd}");
            if (run.SliceIsOver && i + 1 < days.Count)
                return false;
        }
        return true;
    }

    public Outcome End()
    {
        run.Log(TaskLogLevel.Info, $"{_at.Written} of {_at.Rows} rows were written.");
        return Outcome.Completed(new MarketResult(_at.Rows, _at.Written, _at.Days, _at.DaysWithout));
    }

    private async Task<bool> LoadAsync<T>(
        int step, Func<CancellationToken, Task<List<T>>> read, Func<IReadOnlyList<T>, bool, CancellationToken, Task<int>> save, bool isCounted = true, int following = 0)
    {
        if (_at.Step > step)
            return true;
        var rows = await read(run.Cancellation);
        while (_at.Done < rows.Count)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            var some = rows.Skip(_at.Done).Take(IMarketStore.MostAtOnce).ToList();
            _at.Written += await save(some, overwrite, run.Cancellation);
            _at.Done += some.Count;
            _at.Rows += some.Count;
            if (isCounted)
                _at.Counted += some.Count;
            await run.SaveCheckpointAsync(_at);
            if (isCounted)
                run.ReportProgress(_at.Done, rows.Count + following, $"{_at.Done} rows");
            if (run.SliceIsOver && _at.Done < rows.Count)
                return false;
        }
        (_at.Step, _at.Done) = (step + 1, 0);
        await run.SaveCheckpointAsync(_at);
        return true;
    }

    /// <param name="Step">Files before this one are saved.</param>
    internal sealed record Checkpoint
    {
        public int Step { get; set; }
        public int Done { get; set; }
        public long Rows { get; set; }
        public long Written { get; set; }
        public int Days { get; set; }
        public int DaysWithout { get; set; }

        /// <summary>Rows that the progress counts one by one; days come on top of them.</summary>
        public long Counted { get; set; }
        public IReadOnlyList<DateOnly>? NewestDays { get; set; }
    }
}

/// <summary>Loads the sectors.</summary>
[TaskType("init_sectors", Description = "Loads the sectors of the market.")]
public sealed class InitSectorsHandler(IMarketStore market, MarketSource source) : ITaskHandler<InitSectorsPayload>
{
    public async Task<Outcome> RunAsync(InitSectorsPayload payload, ITaskRun run)
    {
        var load = new MarketLoad(market, source, run, payload.Overwrite);
        return await load.SectorsAsync() ? load.End() : Outcome.Continue;
    }
}

/// <summary>Loads the stocks, and the prices of the newest days.</summary>
[TaskType("init_stocks", Description = "Loads the stocks of the market, and their newest prices.")]
public sealed class InitStocksHandler(IMarketStore market, MarketSource source) : ITaskHandler<InitStocksPayload>
{
    public async Task<Outcome> RunAsync(InitStocksPayload payload, ITaskRun run)
    {
        var load = new MarketLoad(market, source, run, payload.Overwrite);
        var days = load.NewestDays(payload.Days);
        var isDone = await load.StocksAsync(days.Count) && await load.PricesAsync(days, firstStep: 1);
        return isDone ? load.End() : Outcome.Continue;
    }
}

/// <summary>Loads the prices of a day.</summary>
[TaskType("backfill_by_date", Description = "Loads the prices of a day.")]
public sealed class BackfillByDateHandler(IMarketStore market, MarketSource source) : ITaskHandler<BackfillByDatePayload>
{
    public async Task<Outcome> RunAsync(BackfillByDatePayload payload, ITaskRun run)
    {
        var load = new MarketLoad(market, source, run, payload.Overwrite);
        return await load.PricesAsync([payload.Date], firstStep: 0) ? load.End() : Outcome.Continue;
    }
}

/// <summary>Loads the prices of many days.</summary>
[TaskType("backfill_by_range", Description = "Loads the prices of a range of days.")]
public sealed class BackfillByRangeHandler(IMarketStore market, MarketSource source) : ITaskHandler<BackfillByRangePayload>
{
    public async Task<Outcome> RunAsync(BackfillByRangePayload payload, ITaskRun run)
    {
        var load = new MarketLoad(market, source, run, payload.Overwrite);
        var days = Enumerable.Range(0, payload.To.DayNumber - payload.From.DayNumber + 1).Select(payload.From.AddDays).ToList();
        return await load.PricesAsync(days, firstStep: 0) ? load.End() : Outcome.Continue;
    }
}

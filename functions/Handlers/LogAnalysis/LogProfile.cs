using Tasklane.Tasks.Lines;

namespace Tasklane.Handlers.LogAnalysis;

/// <summary>
/// All that an analysis knows of the lines read so far: templates with their counts over time. Its size does not grow with the
/// lines: the timeline has a bounded number of buckets, which double their width whenever the lines' times outgrow them.
/// </summary>
internal sealed class LogProfile
{
    public const int MaxBuckets = 128;
    private const int LongestSample = 300;

    private readonly TemplateMiner _miner;

    public LogProfile()
        : this([])
    {
    }

    private LogProfile(List<Template> templates) => (Templates, _miner) = (templates, new TemplateMiner(templates));

    public List<Template> Templates { get; }

    public long Lines { get; private set; }

    public long[] Levels { get; private init; } = new long[LogLevels.All.Count];

    /// <summary>Lines with a time; when few have one, the lines' order stands for it.</summary>
    public bool HasTimes { get; private set; } = true;

    /// <summary>Width of a bucket, in seconds or, without times, in lines.</summary>
    public long Width { get; private set; } = 1;

    public long FirstBucket { get; private set; } = long.MaxValue;

    public long LastBucket { get; private set; } = long.MinValue;

    private long _lastTime;

    /// <summary>Whether lines have times is decided once, by the first ones.</summary>
    public void DecideTimes(bool hasTimes)
    {
        if (Lines == 0)
            HasTimes = hasTimes;
    }

    /// <summary>Counts a line. A continuation (an indented line of a stack trace) belongs to the line before.</summary>
    public void Add(string reference, DateTimeOffset? at, string? level, string message)
    {
        var position = Lines++;
        if (IsContinuation(message))
            return;
        var rank = level is null ? LogLevels.Info : LogLevels.Rank(level);
        Levels[rank]++;
        if (at is { } time && HasTimes)
            _lastTime = time.ToUnixTimeSeconds();
        var bucket = BucketOf(HasTimes ? _lastTime : position);
        var text = message.Length <= LongestSample ? message : string.Concat(message.AsSpan(0, LongestSample), "…");
        _miner.Find(Masking.Tokens(message), position).Add(bucket, rank, new Sample(reference, text));
    }

    /// <summary>Begin of a bucket; null when lines have no times.</summary>
    public DateTimeOffset? TimeOf(long bucket) => HasTimes ? DateTimeOffset.FromUnixTimeSeconds(bucket * Width) : null;

    /// <summary>Counts of all templates that <paramref name="which"/> takes, per bucket from the first to the last.</summary>
    public int[] Series(Func<Template, bool> which)
    {
        var series = new int[LastBucket < FirstBucket ? 0 : (int)(LastBucket - FirstBucket + 1)];
        foreach (var template in Templates.Where(which))
        {
            foreach (var (bucket, count) in template.Buckets)
                series[bucket - FirstBucket] += count;
        }
        return series;
    }

    public ProfileState Save() => new(Lines, Levels, HasTimes, Width, FirstBucket, LastBucket, _lastTime, Templates);

    public static LogProfile Load(ProfileState state) => new(state.Templates)
    {
        Lines = state.Lines,
        Levels = state.Levels,
        HasTimes = state.HasTimes,
        Width = state.Width,
        FirstBucket = state.FirstBucket,
        LastBucket = state.LastBucket,
        _lastTime = state.LastTime,
    };

    /// <summary>Gives up detail, the least missed first: resolution, then evidence, then what is frequent least and no error.</summary>
    public void Shrink()
    {
        if (LastBucket - FirstBucket >= 2 * RateScan.FewestBuckets)
        {
            Coarsen();
        }
        else if (Templates.Any(template => template.First.Count > 1))
        {
            foreach (var template in Templates)
                (template.First, template.Peak) = ([.. template.First.Take(1)], []);
        }
        else
        {
            var kept = Templates.OrderByDescending(template => template.Level >= LogLevels.Error).ThenByDescending(template => template.Count)
                .Take(Templates.Count / 2).ToHashSet();
            Templates.RemoveAll(template => !kept.Contains(template));
        }
    }

    private void Coarsen()
    {
        Width *= 2;
        FirstBucket >>= 1;
        LastBucket >>= 1;
        foreach (var template in Templates)
            template.Coarsen();
    }

    private long BucketOf(long time)
    {
        while (true)
        {
            var bucket = Math.DivRem(time, Width, out var rest) - (rest < 0 ? 1 : 0);
            var (first, last) = (Math.Min(FirstBucket, bucket), Math.Max(LastBucket, bucket));
            if (last - first < MaxBuckets)
            {
                (FirstBucket, LastBucket) = (first, last);
                return bucket;
            }
            Coarsen();
        }
    }

    private static bool IsContinuation(string message) =>
        message.Length == 0 || char.IsWhiteSpace(message[0])
        || message.StartsWith("at ", StringComparison.Ordinal) || message.StartsWith("Caused by:", StringComparison.Ordinal);
}

/// <summary>A profile as it is kept between slices.</summary>
internal sealed record ProfileState(
    long Lines, long[] Levels, bool HasTimes, long Width, long FirstBucket, long LastBucket, long LastTime, List<Template> Templates);

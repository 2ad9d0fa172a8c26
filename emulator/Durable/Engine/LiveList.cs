namespace Tasklane.Emulator.Durable.Engine;

/// <summary>The orchestrations whose continuation is in memory, the longest untouched first.</summary>
internal sealed class LiveList(int max)
{
    private readonly Lock gate = new();
    private ILive? oldest;
    private ILive? newest;
    private int count;

    /// <summary>A member of the list; the links are the list's own.</summary>
    internal interface ILive
    {
        ILive? Older { get; set; }

        ILive? Newer { get; set; }

        bool Listed { get; set; }
    }

    /// <summary>Makes one the newest.</summary>
    /// <returns>The one that should leave memory for it, if any.</returns>
    public ILive? Touch(ILive live)
    {
        lock (gate)
        {
            if (newest == live)
                return Excess();
            Unlink(live);
            live.Older = newest;
            if (newest is not null)
                newest.Newer = live;
            newest = live;
            oldest ??= live;
            live.Listed = true;
            count++;
            return Excess();
        }
    }

    public void Remove(ILive live)
    {
        lock (gate)
            Unlink(live);
    }

    private ILive? Excess()
    {
        if (count <= max)
            return null;
        var leaving = oldest!;
        Unlink(leaving);
        return leaving;
    }

    private void Unlink(ILive live)
    {
        if (!live.Listed)
            return;
        if (live.Older is null)
            oldest = live.Newer;
        else
            live.Older.Newer = live.Newer;
        if (live.Newer is null)
            newest = live.Older;
        else
            live.Newer.Older = live.Older;
        live.Older = live.Newer = null;
        live.Listed = false;
        count--;
    }
}

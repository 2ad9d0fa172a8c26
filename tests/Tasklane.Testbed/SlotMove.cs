using System.Globalization;

namespace Tasklane.Testbed;

/// <summary>A slot of a cluster on its way from one node to another, as a resharding moves it: key by key, while both serve.</summary>
public sealed class SlotMove(int slot, RedisServer from, RedisServer to, IReadOnlyList<RedisServer> nodes)
{
    internal async Task BeginAsync()
    {
        var (source, target) = (await IdOfAsync(from).ConfigureAwait(false), await IdOfAsync(to).ConfigureAwait(false));
        await RedisCluster.CommandAsync(to, "SETSLOT", slot, "IMPORTING", source).ConfigureAwait(false);
        await RedisCluster.CommandAsync(from, "SETSLOT", slot, "MIGRATING", target).ConfigureAwait(false);
    }

    /// <summary>Moves some of the slot's keys; returns how many.</summary>
    public async Task<int> SomeAsync(int most)
    {
        var keys = (await RedisCluster.CommandAsync(from, "GETKEYSINSLOT", slot, most).ConfigureAwait(false)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (keys.Length > 0)
            await RedisCluster.ExecuteAsync(from, "MIGRATE", ["127.0.0.1", to.Port.ToString(CultureInfo.InvariantCulture), "", 0, 5000, "KEYS", .. keys]).ConfigureAwait(false);
        return keys.Length;
    }

    /// <summary>The slot is the other node's.</summary>
    public async Task EndAsync()
    {
        var target = await IdOfAsync(to).ConfigureAwait(false);
        foreach (var node in nodes.OrderBy(node => node == to ? 0 : node == from ? 1 : 2))
            await RedisCluster.CommandAsync(node, "SETSLOT", slot, "NODE", target).ConfigureAwait(false);
    }

    private static Task<string> IdOfAsync(RedisServer node) => RedisCluster.CommandAsync(node, "MYID");
}

using System.Globalization;
using StackExchange.Redis;

namespace Tasklane.Testbed;

/// <summary>A Redis Cluster of three masters, each with a third of the slots.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int Slots = 16384;

    private readonly List<RedisServer> nodes = [];

    public IReadOnlyList<RedisServer> Nodes => nodes;

    public string ConnectionString => string.Join(',', nodes.Select(node => $"127.0.0.1:{node.Port}")) + ",abortConnect=false,connectTimeout=15000";

    public static async Task<RedisCluster> StartAsync(CancellationToken ct = default)
    {
        var cluster = new RedisCluster();
        try
        {
            for (var i = 0; i < 3; i++)
                cluster.nodes.Add(await RedisServer.StartAsync(cluster: true, ct: ct).ConfigureAwait(false));
            await cluster.JoinAsync(ct).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Begins to move a key's slot to another node; see <see cref="SlotMove"/>.</summary>
    public async Task<SlotMove> MoveSlotAsync(string key)
    {
        var slot = int.Parse(await CommandAsync(nodes[0], "KEYSLOT", key).ConfigureAwait(false), CultureInfo.InvariantCulture);
        var from = Enumerable.Range(0, nodes.Count).Single(i => slot >= Slots * i / nodes.Count && slot < Slots * (i + 1) / nodes.Count);
        var move = new SlotMove(slot, nodes[from], nodes[(from + 1) % nodes.Count], nodes);
        await move.BeginAsync().ConfigureAwait(false);
        return move;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
            await node.DisposeAsync().ConfigureAwait(false);
    }

    private async Task JoinAsync(CancellationToken ct)
    {
        foreach (var (index, node) in nodes.Index())
        {
            await CommandAsync(node, "ADDSLOTSRANGE", Slots * index / nodes.Count, (Slots * (index + 1) / nodes.Count) - 1).ConfigureAwait(false);
            await CommandAsync(node, "SET-CONFIG-EPOCH", index + 1).ConfigureAwait(false);
        }
        foreach (var node in nodes.Skip(1))
            await CommandAsync(nodes[0], "MEET", "127.0.0.1", node.Port, node.ClusterPort).ConfigureAwait(false);

        foreach (var node in nodes)
        {
            while (await CommandAsync(node, "INFO").ConfigureAwait(false) is var info
                && !(info.Contains("cluster_state:ok", StringComparison.Ordinal)
                    && info.Contains(string.Create(CultureInfo.InvariantCulture, $"cluster_slots_ok:{Slots}"), StringComparison.Ordinal)))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, ct).ConfigureAwait(false);
            }
        }
    }

    internal static Task<string> CommandAsync(RedisServer node, params object[] arguments) => ExecuteAsync(node, "CLUSTER", arguments);

    internal static async Task<string> ExecuteAsync(RedisServer node, string command, params object[] arguments)
    {
        using var connection = await ConnectionMultiplexer.ConnectAsync($"{node.ConnectionString},allowAdmin=true").ConfigureAwait(false);
        var server = connection.GetServer("127.0.0.1", node.Port);
        var result = await server.ExecuteAsync(command, arguments).ConfigureAwait(false);
        var answer = result.Resp2Type == ResultType.Array ? string.Join('\n', (string[])result!) : (string?)result;
        await connection.CloseAsync(allowCommandsToComplete: false).ConfigureAwait(false);
        return answer ?? "";
    }
}

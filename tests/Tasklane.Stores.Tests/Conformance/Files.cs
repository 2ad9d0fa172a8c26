using Tasklane.Tasks;
using Tasklane.Tasks.Files;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task A_file_is_written_in_pieces_and_read_from_any_place()
    {
        await using var scene = await SceneAsync();
        var file = await CreateFileAsync(scene, "ann", length: 9);
        Assert.False(await scene.Files.CreateAsync(file, Ct));
        Assert.Equal(file, await scene.Files.GetAsync(file.Id, "ann", Ct));
        Assert.Null(await scene.Files.ReadAsync(file.Id, 0, Ct));

        Assert.True(await scene.Files.WriteAsync(file.Id, 0, new byte[] { 0, 1, 2, 3 }, Ct));
        Assert.True(await scene.Files.WriteAsync(file.Id, 4, new byte[] { 4, 5 }, Ct));
        Assert.False(await scene.Files.WriteAsync(file.Id, 7, new byte[] { 9 }, Ct));
        Assert.True(await scene.Files.WriteAsync(file.Id, 6, new byte[] { 6, 7, 8 }, Ct));
        Assert.Equal(9, (await scene.Files.GetAsync(file.Id, null, Ct))!.Size);

        Assert.False(await scene.Files.CompleteAsync(file.Id, 8, new string('a', 64), Ct));
        Assert.True(await scene.Files.CompleteAsync(file.Id, 9, new string('a', 64), Ct));
        Assert.Equal(file with { Size = 9, Sha256 = new string('a', 64) }, await scene.Files.GetAsync(file.Id, null, Ct));
        Assert.False(await scene.Files.WriteAsync(file.Id, 9, new byte[] { 9 }, Ct));
        foreach (var (at, from, bytes) in new[] { (0L, 0L, new byte[] { 0, 1, 2, 3 }), (3, 0, [0, 1, 2, 3]), (4, 4, [4, 5]), (8, 6, [6, 7, 8]) })
        {
            var piece = await scene.Files.ReadAsync(file.Id, at, Ct);
            Assert.Equal(from, piece!.Value.At);
            Assert.Equal(bytes, piece.Value.Bytes.ToArray());
        }
        Assert.Null(await scene.Files.ReadAsync(file.Id, 9, Ct));
    }

    [Fact]
    public async Task A_piece_written_at_an_earlier_place_takes_what_was_behind_it_away()
    {
        await using var scene = await SceneAsync();
        var file = await CreateFileAsync(scene, "ann", length: null);
        foreach (var at in new[] { 0, 3, 6 })
            Assert.True(await scene.Files.WriteAsync(file.Id, at, new byte[] { 1, 1, 1 }, Ct));

        Assert.True(await scene.Files.WriteAsync(file.Id, 3, new byte[] { 2 }, Ct));

        Assert.Equal(4, (await scene.Files.GetAsync(file.Id, null, Ct))!.Size);
        Assert.Equal([2], (await scene.Files.ReadAsync(file.Id, 3, Ct))!.Value.Bytes.ToArray());
        Assert.Null(await scene.Files.ReadAsync(file.Id, 6, Ct));
        Assert.True(await scene.Files.CompleteAsync(file.Id, 4, new string('b', 64), Ct));
        Assert.Equal(4, (await scene.Files.GetAsync(file.Id, null, Ct))!.Length);
    }

    [Fact]
    public async Task Files_are_their_owners_own_and_counted()
    {
        await using var scene = await SceneAsync();
        var (one, two) = (await CreateFileAsync(scene, "ann", length: 100), await CreateFileAsync(scene, "ann", length: null));
        var other = await CreateFileAsync(scene, "bob", length: null);
        await scene.Files.WriteAsync(two.Id, 0, new byte[7], Ct);

        Assert.Null(await scene.Files.GetAsync(one.Id, "bob", Ct));
        Assert.Equal(new[] { one.Id, two.Id }.Order(), (await scene.Files.ListAsync("ann", null, 10, Ct)).Select(file => file.Id));
        Assert.Equal(new[] { one.Id, two.Id }.Order().Last(), Assert.Single(await scene.Files.ListAsync("ann", new[] { one.Id, two.Id }.Min(), 10, Ct)).Id);
        Assert.Equal((2, 107), await scene.Files.UsedAsync("ann", Ct));
        Assert.False(await scene.Files.DeleteAsync(one.Id, "bob", Ct));
        Assert.True(await scene.Files.DeleteAsync(one.Id, "ann", Ct));
        Assert.False(await scene.Files.DeleteAsync(one.Id, "ann", Ct));
        Assert.Equal((1, 7), await scene.Files.UsedAsync("ann", Ct));
        Assert.NotNull(await scene.Files.GetAsync(other.Id, null, Ct));
    }

    [Fact]
    public async Task Files_whose_time_is_over_are_found_and_deleted_with_all_their_pieces()
    {
        await using var scene = await SceneAsync();
        var file = await CreateFileAsync(scene, "ann", length: null, hours: 1);
        var later = await CreateFileAsync(scene, "ann", length: null, hours: 2);
        for (var at = 0; at < 50; at++)
            await scene.Files.WriteAsync(file.Id, at, new byte[] { 1 }, Ct);
        Assert.Empty(await scene.Files.ListExpiredAsync(10, Ct));

        scene.Pass(3601);

        Assert.Equal([file.Id], await scene.Files.ListExpiredAsync(10, Ct));
        Assert.True(await scene.Files.DeleteAsync(file.Id, null, Ct));
        Assert.Null(await scene.Files.GetAsync(file.Id, null, Ct));
        Assert.Null(await scene.Files.ReadAsync(file.Id, 0, Ct));
        Assert.Empty(await scene.Files.ListExpiredAsync(10, Ct));
        Assert.Equal([later.Id], (await scene.Files.ListAsync("ann", null, 10, Ct)).Select(one => one.Id));
    }

    private static async Task<StoredFile> CreateFileAsync(Scene scene, string owner, long? length, double hours = 1)
    {
        var file = new StoredFile(TaskIds.New(scene.Now), owner, "a b.csv", "text/csv", length, 0, null, scene.Now, scene.Now.AddHours(hours));
        Assert.True(await scene.Files.CreateAsync(file, Ct));
        return file;
    }
}

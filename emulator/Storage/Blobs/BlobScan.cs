using System.Collections.Concurrent;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Tasklane.Emulator.Storage.Blobs;

/// <summary>Lists a container again and again and offers what is new or changed to the functions whose paths fit.</summary>
internal sealed class BlobScan(
    BlobContainerClient container, BlobTriggerFunction[] functions, StorageAccount host, BlobArrivals arrivals, StorageTimes times, StorageHealth health)
    : IDisposable
{
    /// <summary>Offers under way at once: the first scan of a full container offers all of it.</summary>
    private const int Parallel = 8;

    private readonly CancellationTokenSource _stopping = new();
    private readonly string _prefix = functions.Length == 1 ? functions[0].Path.Prefix : "";

    // The versions that were offered; the receipts know it too, but asking them costs a request for each blob and scan.
    private ConcurrentDictionary<string, string> _offered = new();
    private Task _scanning = Task.CompletedTask;

    public void Start() => _scanning = Task.Run(ScanAsync);

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();

        // A store that is away must not hold up the end: what was not offered is found again.
        await Task.WhenAny(_scanning, Task.Delay(times.CancelGrace, TimeProvider.System));
        health.Stopped();
    }

    public void Abandon() => _stopping.Cancel();

    // Nothing here holds a handle, and what was abandoned may still look at its token.
    public void Dispose() => Abandon();

    private async Task ScanAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var pause = times.BlobScan;
            try
            {
                await ScanOnceAsync();
                health.Answered();
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (StorageAccount.IsNotFound(e))
            {
                // The container is not there yet.
                _offered = new();
                health.Answered();
            }
            catch (Exception e)
            {
                pause = health.Failed(e);
            }

            await Task.Delay(pause, TimeProvider.System, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ScanOnceAsync()
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = _stopping.Token };
        var listed = new ConcurrentDictionary<string, string>();
        var blobs = container.GetBlobsAsync(new GetBlobsOptions { Prefix = _prefix.Length == 0 ? null : _prefix }, _stopping.Token);
        await System.Threading.Tasks.Parallel.ForEachAsync(blobs, options, async (blob, _) =>
        {
            var etag = blob.Properties.ETag?.ToString() ?? "";
            if (!_offered.TryGetValue(blob.Name, out var known) || known != etag)
            {
                foreach (var function in functions.Where(function => function.Path.Match(blob.Name) is not null))
                    await arrivals.OfferAsync(function, host, blob.Name, etag, blob.Properties.BlobType ?? BlobType.Block);
            }

            // Now, not at the scan's end: should the scan break off, this blob need not be asked for again.
            _offered[blob.Name] = etag;
            listed[blob.Name] = etag;
        });
        _offered = listed;
    }
}

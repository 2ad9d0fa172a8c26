using System.CommandLine;
using System.Globalization;
using Tasklane.Cli.Output;
using Tasklane.Client;

namespace Tasklane.Cli.Commands;

internal static class FilesCommand
{
    public static Command Build()
    {
        var id = Common.Id();
        var output = new Option<string?>("--output", "-o") { Description = "Where to: a file, a directory, or - for standard output; here, under its own name, without it.", HelpName = "PATH" };
        var force = new Option<bool>("--force") { Description = "Write over a file that is there." };
        var download = new Command("download", "Download the file that a task made.") { id, output, force };
        download.Run(async (parsed, client, cancellation) =>
        {
            var task = parsed.GetRequiredValue(id);
            if (parsed.GetValue(output) == "-")
            {
                await using var standard = Console.OpenStandardOutput();
                await client.DownloadAsync(task, standard, cancellation);
                return ExitCodes.Ok;
            }
            var (path, file) = await SaveAsync(client, task, parsed.GetValue(output), parsed.GetValue(force), cancellation);
            if (parsed.GetValue(Common.Json))
                JsonLines.Write(new { path, file.Name, file.ContentType, file.Length });
            else
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path} ({file.Length} bytes)"));
            return ExitCodes.Ok;
        });
        return new Command("files", "Files of tasks.") { download };
    }

    /// <summary>Into a file beside it first, so that one that is cut off is not taken for the whole.</summary>
    private static async Task<(string Path, DownloadedFile File)> SaveAsync(TasklaneClient client, string id, string? output, bool force, CancellationToken cancellation)
    {
        string? path = null;
        FileStream? stream = null;
        try
        {
            var file = await client.DownloadAsync(
                id,
                found =>
                {
                    path = output is null ? found.Name : Directory.Exists(output) ? Path.Combine(output, found.Name) : output;
                    if (File.Exists(path) && !force)
                        throw new IOException($"{path} is there already: give --force to write over it, or another --output.");
                    return stream = new FileStream(path + ".part", FileMode.Create, FileAccess.Write);
                },
                cancellation);
            await stream!.DisposeAsync();
            File.Move(path + ".part", path!, overwrite: true);
            return (path!, file);
        }
        catch
        {
            if (stream is not null)
            {
                await stream.DisposeAsync();
                File.Delete(stream.Name);
            }
            throw;
        }
    }
}

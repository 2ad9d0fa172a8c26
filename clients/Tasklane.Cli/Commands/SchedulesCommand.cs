using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using Tasklane.Cli.Output;
using Tasklane.Client;
using Tasklane.Client.Schedules;

namespace Tasklane.Cli.Commands;

internal static class SchedulesCommand
{
    public static Command Build() => new("schedules", "Tasks by cron, by interval, or once.")
    {
        List(),
        Create(),
        Preview(),
        One("show", "Show a schedule with its next ten ticks.", (client, id, cancellation) => client.Schedules.GetAsync(id, cancellation)),
        One("pause", "Make no tasks until it is resumed.", (client, id, cancellation) => client.Schedules.PauseAsync(id, cancellation)),
        One("resume", "Go on from now.", (client, id, cancellation) => client.Schedules.ResumeAsync(id, cancellation)),
        RunNow(),
        Delete(),
    };

    private static Command List()
    {
        var owner = new Option<string?>("--owner") { Description = "Whose: me; for admins all, or a user's id.", HelpName = "USER" };
        var command = new Command("list", "List your schedules.") { owner };
        command.Run(async (parsed, client, cancellation) =>
        {
            var found = client.Schedules.ListAsync(parsed.GetValue(owner), cancellation);
            if (parsed.GetValue(Common.Json))
            {
                await foreach (var schedule in found)
                    JsonLines.Write(schedule);
                return ExitCodes.Ok;
            }
            var schedules = await found.ToListAsync(cancellation);
            if (schedules.Count == 0)
                Errors.Write("There are no schedules.");
            else
                Tables.Write(schedules);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command Create()
    {
        var type = CreateCommand.TypeArgument();
        var task = new TaskArguments();
        var name = new Option<string?>("--name") { Description = "What it is called.", HelpName = "NAME" };
        var cron = new Option<string?>("--cron") { Description = "Five fields, or six with seconds first: '30 2 * * *'.", HelpName = "CRON" };
        var every = Common.Duration("--every", "Instead of --cron: how long from one to the next.");
        var at = new Option<DateTimeOffset?>("--at") { Description = "Instead of --cron: once, such as 2026-12-24T18:00:00Z.", HelpName = "TIME" };
        var zone = new Option<string?>("--time-zone") { Description = "For --cron: Europe/Berlin; UTC without it.", HelpName = "ZONE" };
        var missed = Common.OneOf("--missed", "What is done about ticks that nobody was there for.", "skip", "once", "all");
        var overlap = Common.OneOf("--overlap", "What is done while the task of the tick before has not ended.", "skip", "queue", "cancel");
        var command = new Command("create", "Make a schedule, and print its id.") { type };
        task.AddTo(command);
        foreach (var option in new Option[] { name, cron, every, at, zone, missed, overlap, task.Key })
            command.Options.Add(option);
        command.Run(async (parsed, client, cancellation) =>
        {
            var wanted = new NewSchedule(task.Read(parsed, parsed.GetRequiredValue(type)))
            {
                Name = parsed.GetValue(name),
                Cron = parsed.GetValue(cron),
                EverySeconds = parsed.GetValue(every)?.TotalSeconds,
                At = parsed.GetValue(at),
                TimeZone = parsed.GetValue(zone),
                Missed = Common.Enum<MissedTicks>(parsed.GetValue(missed)),
                Overlap = Common.Enum<Overlap>(parsed.GetValue(overlap)),
            };
            var made = await client.Schedules.CreateAsync(wanted, parsed.GetValue(task.Key), cancellation);
            if (parsed.GetValue(Common.Json))
                JsonLines.Write(made);
            else
                Console.WriteLine(made.Id);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command Preview()
    {
        var cron = new Argument<string>("CRON") { Description = "Five fields, or six with seconds first: '30 2 * * *'." };
        var zone = new Option<string?>("--time-zone") { Description = "Europe/Berlin; UTC without it.", HelpName = "ZONE" };
        var count = new Option<int>("--count", "-n") { Description = "How many.", DefaultValueFactory = _ => 10, HelpName = "N" };
        var command = new Command("preview", "Show when a cron expression would tick, in UTC.") { cron, zone, count };
        command.Run(async (parsed, client, cancellation) =>
        {
            foreach (var tick in await client.Schedules.PreviewAsync(parsed.GetRequiredValue(cron), parsed.GetValue(zone), parsed.GetValue(count), cancellation))
            {
                if (parsed.GetValue(Common.Json))
                    JsonLines.Write(tick);
                else
                    Console.WriteLine(tick.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            }
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command RunNow()
    {
        var id = Id();
        var watch = new Option<bool>("--watch", "-w") { Description = "Watch the task until it has ended." };
        var command = new Command("run", "Make its task now, beside its ticks, and print the task's id.") { id, watch };
        command.Run(async (parsed, client, cancellation) =>
        {
            var task = await client.Schedules.RunAsync(parsed.GetRequiredValue(id), cancellation: cancellation);
            if (parsed.GetValue(watch))
                return await WatchCommand.WatchAsync(parsed, client, [task.Id], cancellation);
            if (parsed.GetValue(Common.Json))
                JsonLines.Write(task);
            else
                Console.WriteLine(task.Id);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command Delete()
    {
        var id = Id();
        var command = new Command("delete", "Delete a schedule; its tasks stay.") { id };
        command.Run(async (parsed, client, cancellation) =>
        {
            await client.Schedules.DeleteAsync(parsed.GetRequiredValue(id), cancellation);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command One(string name, string description, Func<TasklaneClient, string, CancellationToken, Task<Schedule>> act)
    {
        var id = Id();
        var command = new Command(name, description) { id };
        command.Run(async (parsed, client, cancellation) =>
        {
            var schedule = await act(client, parsed.GetRequiredValue(id), cancellation);
            if (parsed.GetValue(Common.Json))
                JsonLines.Write(schedule);
            else
                Tables.Write(schedule);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Argument<string> Id()
    {
        var id = new Argument<string>("ID") { Description = "The schedule's id.", HelpName = "ID" };
        id.CompletionSources.Add(context => Common.Suggest(context, async (client, cancellation) =>
            await client.Schedules.ListAsync(cancellation: cancellation).Select(one => new CompletionItem(one.Id, detail: one.Name)).ToListAsync(cancellation)));
        return id;
    }
}

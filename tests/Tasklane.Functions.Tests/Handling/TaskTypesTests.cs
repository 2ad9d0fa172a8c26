using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Functions.Tests.Handlers;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Problems;
using Xunit;

namespace Tasklane.Functions.Tests.Handling;

public sealed class TaskTypesTests
{
    public sealed record Greeting(string Name);

    public sealed class Greeter
    {
        public string Greet(string name) => $"Hello {name}";
    }

    [TaskType("greet", Description = "Greets.")]
    public sealed class GreetHandler(Greeter greeter) : ITaskHandler<Greeting>, IAsyncDisposable
    {
        public static int Disposed { get; set; }

        public async Task<Outcome> RunAsync(Greeting payload, ITaskRun run)
        {
            await Task.Yield();
            return payload.Name == "nobody" ? throw new InvalidOperationException("there is nobody") : Outcome.Completed(greeter.Greet(payload.Name));
        }

        public ValueTask DisposeAsync()
        {
            Disposed++;
            return ValueTask.CompletedTask;
        }
    }

    [TaskType("secret", RequiredRole = "keeper")]
    public sealed class SecretHandler : ITaskHandler<Greeting>
    {
        public Task<Outcome> RunAsync(Greeting payload, ITaskRun run) => Task.FromResult(Outcome.Continue);
    }

    [TaskType("greet")]
    public sealed class Impostor : ITaskHandler<Greeting>
    {
        public Task<Outcome> RunAsync(Greeting payload, ITaskRun run) => Task.FromResult(Outcome.Continue);
    }

    [TaskType("Bad Name")]
    public sealed class BadName : ITaskHandler<Greeting>
    {
        public Task<Outcome> RunAsync(Greeting payload, ITaskRun run) => Task.FromResult(Outcome.Continue);
    }

    [TaskType("no_handler")]
    public sealed class NoHandler;

    public sealed class Unmarked : ITaskHandler<Greeting>
    {
        public Task<Outcome> RunAsync(Greeting payload, ITaskRun run) => Task.FromResult(Outcome.Continue);
    }


    private static readonly TaskTypes Types = TaskTypes.Of([typeof(SecretHandler), typeof(GreetHandler)]);

    [Fact]
    public void Of_orders_by_name_and_finds_by_it()
    {
        Assert.Equal("greet, secret", Types.Names);
        Assert.True(Types.TryGet("greet", out var greet));
        Assert.Equal("Greets.", greet.Description);
        Assert.False(Types.TryGet("Greet", out _));
    }

    [Fact]
    public void Discover_leaves_out_what_is_for_development_only()
    {
        var assembly = typeof(TaskService).Assembly;

        Assert.False(TaskTypes.Discover(assembly, development: false).TryGet("noop", out _));
        Assert.True(TaskTypes.Discover(assembly, development: true).TryGet("noop", out _));
        Assert.True(TaskTypes.Discover(assembly, development: false).TryGet("export", out _));
    }

    [Theory]
    [InlineData(typeof(Impostor), "Two handlers have the task type 'greet'")]
    [InlineData(typeof(BadName), "'Bad Name' is no name for a task type")]
    [InlineData(typeof(NoHandler), "is no ITaskHandler<>")]
    [InlineData(typeof(Unmarked), "has no [TaskType]")]
    public void Of_refuses_what_cannot_be_a_handler(Type handler, string reason)
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => TaskTypes.Of([typeof(GreetHandler), handler]));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_makes_the_handler_from_the_container_and_disposes_it_whatever_happens()
    {
        await using var services = new ServiceCollection().AddSingleton<Greeter>().BuildServiceProvider();
        Types.TryGet("greet", out var greet);
        GreetHandler.Disposed = 0;

        Assert.Equal("Hello Ada", (await greet!.RunAsync(services, """{"name":"Ada"}""", new TestRun())).Result);
        await Assert.ThrowsAsync<InvalidOperationException>(() => greet.RunAsync(services, """{"name":"nobody"}""", new TestRun()));

        Assert.Equal(2, GreetHandler.Disposed);
    }

    /// <summary>A payload was checked when the task was created; a handler deployed since may want another.</summary>
    [Fact]
    public async Task RunAsync_of_a_payload_that_does_not_fit_fails_for_good()
    {
        await using var services = new ServiceCollection().AddSingleton<Greeter>().BuildServiceProvider();
        Types.TryGet("greet", out var greet);

        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => greet!.RunAsync(services, """{"title":"Dr"}""", new TestRun()));

        Assert.Equal(RequestErrors.PayloadInvalid, failure.Code);
        Assert.False(failure.Retry);
    }

    [Fact]
    public void A_type_with_a_required_role_is_for_those_who_have_it()
    {
        var rules = new TaskRequestRules(Types, new TasklaneOptions(), TimeProvider.System);
        var request = new TaskRequest { Type = "secret", Payload = Encoding.UTF8.GetBytes("""{"name":"x"}""") };

        var refusal = Assert.Throws<InvalidRequestException>(() => rules.Check(request, new Caller("ada", "Ada", "reader"), "test"));

        Assert.Equal(RequestErrors.Forbidden, refusal.Code);
        Assert.Contains("'keeper'", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("ada", rules.Check(request, new Caller("ada", "Ada", "Keeper"), "test").CreatedBy);
    }
}

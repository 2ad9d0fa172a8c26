using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Tasklane.Emulator.Tests.Api;

/// <summary>How class-based entities find their operations and keep their state.</summary>
public sealed class TaskEntityTests
{
    private readonly StoredState state = new();

    [Theory]
    [InlineData("Add")]
    [InlineData("add")]
    [InlineData("ADD")]
    public async Task Operation_is_found_without_case(string operation)
    {
        Assert.Equal(5, await RunAsync(new Counter(), operation, 5));
        Assert.Equal("""{"Total":5}""", state.Json);
    }

    [Fact]
    public async Task State_is_kept_between_operations()
    {
        await RunAsync(new Counter(), "add", 2);
        await RunAsync(new Counter(), "add", 3);

        Assert.Equal(5, await RunAsync(new Counter(), "get"));
    }

    [Theory]
    [InlineData("addLater", 7)]
    [InlineData("addSoon", 7)]
    public async Task Awaited_results_are_unwrapped(string operation, int expected) =>
        Assert.Equal(expected, await RunAsync(new Counter(), operation, 7));

    [Theory]
    [InlineData("resetLater")]
    [InlineData("resetSoon")]
    [InlineData("reset")]
    public async Task Operation_without_result_answers_null(string operation)
    {
        await RunAsync(new Counter(), "add", 2);

        Assert.Null(await RunAsync(new Counter(), operation));
        Assert.Equal("""{"Total":0}""", state.Json);
    }

    [Fact]
    public async Task Context_and_operation_are_bound_beside_the_input() =>
        Assert.Equal("@counter@a describe 3", await RunAsync(new Counter(), "describe", 3));

    [Fact]
    public async Task Default_stands_in_for_a_missing_input() => Assert.Equal(1, await RunAsync(new Counter(), "increment"));

    [Fact]
    public async Task Missing_input_without_default_is_an_error() =>
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await RunAsync(new Counter(), "add"));

    [Fact]
    public async Task Two_parameters_for_the_input_are_an_error() =>
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await RunAsync(new Counter(), "addTwo", 1));

    [Fact]
    public async Task Unknown_operation_is_an_error() =>
        await Assert.ThrowsAsync<NotSupportedException>(async () => await RunAsync(new Counter(), "nothing"));

    [Fact]
    public async Task Overloads_are_an_error() =>
        await Assert.ThrowsAsync<AmbiguousMatchException>(async () => await RunAsync(new Counter(), "twice", 1));

    [Fact]
    public async Task Failed_operation_leaves_the_state_alone()
    {
        await RunAsync(new Counter(), "add", 2);

        await Assert.ThrowsAsync<TimeoutException>(async () => await RunAsync(new Counter(), "addAndFail", 5));

        Assert.Equal("""{"Total":2}""", state.Json);
    }

    [Fact]
    public async Task Delete_works_without_a_method()
    {
        await RunAsync(new Counter(), "add", 2);

        await RunAsync(new Counter(), "delete");

        Assert.Null(state.Json);
    }

    [Fact]
    public async Task Delete_works_on_state_that_cannot_be_read()
    {
        state.Json = "no json";

        await RunAsync(new Counter(), "Delete");

        Assert.Null(state.Json);
    }

    [Fact]
    public async Task Operation_that_sets_the_state_to_null_deletes_it()
    {
        await RunAsync(new Counter(), "add", 2);

        await RunAsync(new Counter(), "forget");

        Assert.Null(state.Json);
    }

    [Fact]
    public async Task State_itself_is_the_entity_when_dispatched_by_its_type()
    {
        var dispatcher = new TaskEntityDispatcher(
            async entity => await entity.RunAsync(new Operation("raise", 4, state)), new ServiceCollection().BuildServiceProvider());

        await dispatcher.DispatchAsync<Level>();

        Assert.Equal("""{"Height":4}""", state.Json);
    }

    [Fact]
    public async Task Entity_is_made_with_services_and_arguments()
    {
        var services = new ServiceCollection().AddSingleton(new Level { Height = 10 }).BuildServiceProvider();
        object? result = null;
        var dispatcher = new TaskEntityDispatcher(
            async entity => result = await entity.RunAsync(new Operation("sum", null, state)), services);

        await dispatcher.DispatchAsync<WithServices>(5);

        Assert.Equal(15, result);
    }

    private ValueTask<object?> RunAsync(ITaskEntity entity, string operation, object? input = null) =>
        entity.RunAsync(new Operation(operation, input, state));

    internal sealed record CounterState
    {
        public int Total { get; set; }
    }

    internal sealed class Counter : TaskEntity<CounterState>
    {
        public int Add(int amount) => State.Total += amount;

        public int Increment(int by = 1) => State.Total += by;

        public int Get() => State.Total;

        public async Task<int> AddLater(int amount)
        {
            await Task.Yield();
            return Add(amount);
        }

        public ValueTask<int> AddSoon(int amount) => new(Add(amount));

        public void Reset() => State.Total = 0;

        public async Task ResetLater()
        {
            await Task.Yield();
            Reset();
        }

        public async ValueTask ResetSoon()
        {
            await Task.Yield();
            Reset();
        }

        public string Describe(TaskEntityContext context, int input, TaskEntityOperation operation) =>
            $"{context.Id} {operation.Name} {input}";

        public int AddTwo(int first, int second) => first + second;

        public int Twice(int value) => value * 2;

        public int Twice(string value) => value.Length * 2;

        public void AddAndFail(int amount)
        {
            Add(amount);
            throw new TimeoutException();
        }

        public void Forget() => State = null!;
    }

    internal sealed class Level
    {
        public int Height { get; set; }

        public void Raise(int by) => Height += by;
    }

    internal sealed class WithServices(Level level, int more) : TaskEntity<CounterState>
    {
        public int Sum() => level.Height + more;
    }

    private sealed class StoredState : TaskEntityState
    {
        public string? Json { get; set; }

        public override bool HasState => Json is not null;

        public override object? GetState(Type type) => JsonDataConverter.Default.Deserialize(Json, type);

        public override void SetState(object? state) => Json = JsonDataConverter.Default.Serialize(state);
    }

    private sealed class Operation(string name, object? input, TaskEntityState state) : TaskEntityOperation
    {
        public override string Name => name;

        public override TaskEntityContext Context { get; } = new OperationContext();

        public override TaskEntityState State => state;

        public override bool HasInput => input is not null;

        public override object? GetInput(Type inputType) => Convert.ChangeType(input, inputType, null);
    }

    private sealed class OperationContext : TaskEntityContext
    {
        public override EntityInstanceId Id { get; } = new("Counter", "a");

        public override void SignalEntity(
            EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null) =>
            throw new NotSupportedException();

        public override string ScheduleNewOrchestration(
            TaskName name, object? input = null, StartOrchestrationOptions? options = null) =>
            throw new NotSupportedException();
    }
}

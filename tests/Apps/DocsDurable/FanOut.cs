using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace DocsDurable;

/// <summary>Fan-out/fan-in, with an HTTP starter.</summary>
public sealed class FanOut(IGreeter greeter)
{
    [Function(nameof(GreetCities))]
    public static async Task<string[]> GreetCities([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var logger = context.CreateReplaySafeLogger(nameof(GreetCities));
        var cities = await context.CallActivityAsync<string[]>(nameof(FindCities), context.GetInput<int>());
        logger.LogInformation("Greeting {Count} cities", cities.Length);
        return await Task.WhenAll(cities.Select(city => context.CallActivityAsync<string>(nameof(SayHello), city)));
    }

    [Function(nameof(FindCities))]
    public static string[] FindCities([ActivityTrigger] int count) =>
        [.. ((string[])["Tokyo", "Seattle", "London", "Cairo", "Lima"]).Take(count)];

    [Function(nameof(SayHello))]
    public string SayHello([ActivityTrigger] string city, FunctionContext context)
    {
        context.GetLogger(nameof(SayHello)).LogInformation("Saying hello to {City}", city);
        return greeter.Greet(city);
    }

    [Function(nameof(StartGreeting))]
    public static async Task<HttpResponseData> StartGreeting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "greetings/{count:int}")] HttpRequestData request,
        int count,
        [DurableClient] DurableTaskClient client,
        FunctionContext context)
    {
        var id = await client.ScheduleNewOrchestrationInstanceAsync(nameof(GreetCities), count);
        context.GetLogger(nameof(StartGreeting)).LogInformation("Started {Id}", id);
        return await client.CreateCheckStatusResponseAsync(request, id);
    }
}

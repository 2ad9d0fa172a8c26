using Microsoft.AspNetCore.Builder;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tasklane;
using Tasklane.Handlers;
using Tasklane.Intake;
using Tasklane.Live;
using Tasklane.Pipeline;
using Tasklane.Security;
using Tasklane.Stores;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Http;
using Tasklane.Telemetry;

var builder = FunctionsApplication.CreateBuilder(args);
if (!SettingsCheck.Passes(builder.Configuration, Console.Error, builder.Environment.IsDevelopment()))
    return 1;

// Everywhere as in development: a service that cannot be made, or would outlive its scope, ends the start.
builder.ConfigureContainer(new DefaultServiceProviderFactory(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true }));
builder.ConfigureFunctionsWebApplication();
builder.UseMiddleware<ProblemMiddleware>();
builder.UseMiddleware<PrincipalMiddleware>();
builder.UseMiddleware<RateLimitMiddleware>();
builder.UseMiddleware<QueryMiddleware>();

builder.Services
    .AddTasklaneOptions(builder.Configuration)
    .AddStores(builder.Configuration)
    .AddTasks()
    .AddHandlers()
    .AddPipeline()
    .AddLive()
    .AddIntake(builder.Configuration)
    .AddTelemetry(builder.Configuration);

using var app = builder.Build();
if (!HandlerServices.Suffice(app.Services, Console.Error))
    return 1;
app.Run();
return 0;

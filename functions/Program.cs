using Microsoft.AspNetCore.Builder;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Tasklane;
using Tasklane.Live;
using Tasklane.Pipeline;
using Tasklane.Security;
using Tasklane.Stores;
using Tasklane.Tasks;
using Tasklane.Tasks.Http;

var builder = FunctionsApplication.CreateBuilder(args);
if (!SettingsCheck.Passes(builder.Configuration, Console.Error))
    return 1;

builder.ConfigureFunctionsWebApplication();
builder.UseMiddleware<ProblemMiddleware>();
builder.UseMiddleware<PrincipalMiddleware>();

builder.Services
    .AddTasklaneOptions(builder.Configuration)
    .AddStores(builder.Configuration)
    .AddTasks()
    .AddPipeline()
    .AddLive();

builder.Build().Run();
return 0;

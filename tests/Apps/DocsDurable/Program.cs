using DocsDurable;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);

builder.ConfigureFunctionsWebApplication();
builder.Services.AddSingleton<IGreeter, Greeter>();

// Read before the host is built, as configuration of clients often is.
builder.Services.AddSingleton(new Greeting(builder.Configuration["Greeting"] ?? "Hello"));

builder.Build().Run();

using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;

namespace Tasklane.Emulator.Functions;

/// <summary>What an app configures its worker with: services and middleware. Every instance over the same services is one.</summary>
internal sealed class WorkerApplicationBuilder : IFunctionsWorkerApplicationBuilder
{
    private readonly MiddlewareList _middleware;

    public WorkerApplicationBuilder(IServiceCollection services)
    {
        Services = services;
        _middleware = services.Select(s => s.ImplementationInstance).OfType<MiddlewareList>().FirstOrDefault() ?? new();
        if (_middleware.Items.Count == 0 && !services.Any(s => s.ImplementationInstance == _middleware))
            services.AddSingleton(_middleware);
    }

    public IServiceCollection Services { get; }

    public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
    {
        _middleware.Items.Add(middleware);
        return this;
    }
}

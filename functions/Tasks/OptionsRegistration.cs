using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Tasklane.Tasks;

/// <summary>Reads and checks <see cref="TasklaneOptions"/>, and reads <see cref="HostTimeout"/>.</summary>
public static class OptionsRegistration
{
    /// <summary>Section <c>Tasklane</c>; the start fails with a sentence per broken rule.</summary>
    public static IServiceCollection AddTasklaneOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<TasklaneOptions>().Bind(configuration.GetSection("Tasklane")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TasklaneOptions>, Check>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<TasklaneOptions>>().Value);
        services.AddSingleton(HostTimeout.Read(configuration));
        services.AddSingleton(StreamSettings.Read(configuration));
        services.TryAddSingleton(TimeProvider.System);
        return services;
    }

    private sealed class Check : IValidateOptions<TasklaneOptions>
    {
        public ValidateOptionsResult Validate(string? name, TasklaneOptions options) =>
            options.Problems().ToArray() is { Length: > 0 } problems ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }
}

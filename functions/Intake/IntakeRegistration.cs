using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Intake.Blobs;
using Tasklane.Intake.Events;
using Tasklane.Intake.Poison;
using Tasklane.Intake.Streams;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storage;

namespace Tasklane.Intake;

/// <summary>What this room needs from the container.</summary>
public static class IntakeRegistration
{
    public static IServiceCollection AddIntake(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddAzureClientsCore(); // for credentials of the storage account
        services.AddSingleton<StorageAccount>().AddSingleton<DroppedBlobs>();
        services.AddSingleton<Arrivals>().AddSingleton<BlobDrops>();
        services.AddSingleton<EventTypes>().AddSingleton<EventSenders>();
        services.AddSingleton<PoisonQueue>().AddSingleton<IPoisonBox, PoisonQueueBox>().AddSingleton<IPoisonBox>(provider => provider.GetRequiredService<DeadLetters>());
        services.AddSingleton<TaskStream>().AddSingleton<DeadLetters>().AddSingleton<StreamUpkeep>().AddSingleton<StreamWork>().AddSingleton<StreamConsumer>().AddSingleton<StreamListener>();
        var stream = StreamSettings.Read(configuration);
        if (stream.Enabled)
            services.AddHostedService(provider => provider.GetRequiredService<StreamListener>());
        services.OfferWhatIsOn(configuration.GetSection("Tasklane:Intake").Get<IntakeOptions>() ?? new IntakeOptions(), stream);
        return services;
    }

    /// <summary>Puts <see cref="OfferedFunctions"/> before what finds the functions.</summary>
    private static void OfferWhatIsOn(this IServiceCollection services, IntakeOptions intake, StreamSettings stream)
    {
        var all = services.Last(one => one.ServiceType == typeof(IFunctionMetadataProvider));
        services.Remove(all);
        services.AddSingleton<IFunctionMetadataProvider>(provider => new OfferedFunctions(Make(provider), intake, stream));

        IFunctionMetadataProvider Make(IServiceProvider provider) => (IFunctionMetadataProvider)(
            all.ImplementationInstance ?? all.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, all.ImplementationType!));
    }
}

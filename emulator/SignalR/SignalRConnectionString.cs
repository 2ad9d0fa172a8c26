namespace Tasklane.Emulator.SignalR;

/// <summary>Tells the app where the service is, as a portal would, unless the app has been told otherwise.</summary>
internal sealed class SignalRConnectionString(ServiceKey key) : IWorkerSettings
{
    public void AddTo(IDictionary<string, string> settings, HostEnvironment environment)
    {
        if (string.IsNullOrWhiteSpace(environment.Setting(ServiceKey.DefaultSetting)))
        {
            settings[ServiceKey.DefaultSetting] =
                $"Endpoint={environment.BaseAddress!.GetLeftPart(UriPartial.Authority)};AccessKey={key.Value};Version=1.0;";
        }
    }
}

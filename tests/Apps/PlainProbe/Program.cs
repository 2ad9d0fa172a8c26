using Microsoft.Extensions.Hosting;

namespace PlainProbe;

public static class Program
{
    public static void Main() => new HostBuilder().ConfigureFunctionsWorkerDefaults().Build().Run();
}

namespace Tasklane.Emulator.Worker.InProcess;

/// <summary>A room that reaches into the app's container when its worker starts in this process.</summary>
internal interface IAppConnected
{
    void Connected(IServiceProvider app);
}

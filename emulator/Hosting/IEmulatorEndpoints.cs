using Microsoft.AspNetCore.Routing;

namespace Tasklane.Emulator.Functions;

/// <summary>HTTP endpoints that a room of the emulator brings beside the HTTP functions. Registered in the container.</summary>
internal interface IEmulatorEndpoints
{
    void Map(IEndpointRouteBuilder endpoints);
}

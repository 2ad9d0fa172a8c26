using Microsoft.AspNetCore.Routing;

namespace Tasklane.Emulator;

/// <summary>HTTP endpoints that a room of the host brings beside the HTTP functions. Registered in the host's container.</summary>
internal interface IHostEndpoints
{
    void Map(IEndpointRouteBuilder endpoints);
}

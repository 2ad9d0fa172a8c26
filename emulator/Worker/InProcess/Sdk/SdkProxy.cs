using System.Reflection;

namespace Tasklane.Emulator.Worker.InProcess.Sdk;

/// <summary>Implements an internal interface of the SDK, which no class here can name: the runtime makes the type.</summary>
public class SdkProxy : DispatchProxy
{
    private Func<MethodInfo, object?[], object?> _call = (method, _) => throw new NotSupportedException(method.Name);

    /// <summary>An object that has the interface and does <paramref name="call"/> for each of its methods.</summary>
    public static object Create(Type contract, Func<MethodInfo, object?[], object?> call)
    {
        var proxy = Create(contract, typeof(SdkProxy));
        ((SdkProxy)proxy)._call = call;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _call(targetMethod!, args ?? []);
}

using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;

namespace Tasklane.Emulator.Worker.InProcess;

/// <summary>
/// Loads an app into this process. What both the host and the app use is loaded once, in the host's version; the rest comes from the
/// app's folder.
/// </summary>
internal static class AppAssemblies
{
    private static readonly ConcurrentDictionary<string, Lazy<Assembly>> _loaded = new(StringComparer.Ordinal);

    /// <exception cref="WorkerStartException">The file is no app for this process; the message says why.</exception>
    public static Assembly Load(string path)
    {
        try
        {
            return _loaded.GetOrAdd(path, static path => new Lazy<Assembly>(() => LoadOnce(path))).Value;
        }
        catch (Exception e) when (e is IOException or BadImageFormatException or InvalidOperationException)
        {
            throw new WorkerStartException($"{path} cannot be loaded: {e.Message}", e);
        }
    }

    private static Assembly LoadOnce(string path)
    {
        var dependencies = new AssemblyDependencyResolver(path);
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            dependencies.ResolveAssemblyToPath(name) is { } file ? context.LoadFromAssemblyPath(file) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
            dependencies.ResolveUnmanagedDllToPath(name) is { } file
                ? System.Runtime.InteropServices.NativeLibrary.Load(file)
                : 0;
        return AssemblyLoadContext.Default.LoadFromAssemblyPath(path);
    }
}

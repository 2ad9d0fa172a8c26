using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator.Worker.Functions;

/// <summary>The functions of the app: read from the worker's metadata, bound to the kinds of triggers, inputs and outputs there are.</summary>
internal sealed class FunctionCatalog(
    IEnumerable<ITriggerKind> triggers,
    IEnumerable<IInputKind> inputs,
    IEnumerable<IOutputKind> outputs,
    IConfiguration settings,
    ILogger<FunctionCatalog> log,
    TestRules? test = null)
{
    private readonly Dictionary<string, ITriggerKind> _triggers = triggers.ToDictionary(kind => kind.Type, StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, IInputKind> _inputs = inputs.ToDictionary(kind => kind.Type, StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, IOutputKind> _outputs = outputs.ToDictionary(kind => kind.Type, StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, HostFunction> _byName = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>By name.</summary>
    public IReadOnlyList<HostFunction> Functions { get; private set; } = [];

    public IEnumerable<ITriggerKind> Kinds => _triggers.Values;

    public HostFunction? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Takes the functions of a worker that has just started and has it load them.</summary>
    /// <param name="session">The worker.</param>
    /// <param name="only">Names of the functions to take; null takes all, as `functions` of host.json does when it is silent.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task LoadAsync(WorkerSession session, IReadOnlySet<string>? only, CancellationToken cancellationToken)
    {
        var functions = new List<HostFunction>();
        foreach (var metadata in session.Functions)
        {
            if (only is not null && !only.Contains(metadata.Name))
                continue;
            var function = new HostFunction(metadata);
            functions.Add(function);
            if (!_byName.TryAdd(function.Name, function))
                function.Error = $"Another function is named '{function.Name}'.";
            else
                Bind(function);
        }

        Functions = [.. functions.OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase)];
        await LoadAgainAsync(session, cancellationToken);
    }

    /// <summary>Has a worker that took another's place load the same functions.</summary>
    public async Task LoadAgainAsync(WorkerSession session, CancellationToken cancellationToken)
    {
        // Pipelined: the worker takes them one after the other, but the host need not wait for each.
        var loads = Functions.Where(function => function.Error is null)
            .Select(async function => function.Error = await session.LoadAsync(function.Metadata, cancellationToken));
        await Task.WhenAll([.. loads]);
        await session.Transport.LoadedAsync(session.Capabilities.ContainsKey("HttpUri"), cancellationToken);
        foreach (var function in Functions.Where(function => function.Error is not null))
            log.LogError("{Sentence}", function.ErrorSentence);
    }

    private void Bind(HostFunction function)
    {
        try
        {
            function.Bindings = [.. function.Metadata.RawBindings.Select(FunctionBinding.Parse)];
            function.Trigger = Array.Find([.. function.Bindings], binding => binding.IsTrigger)
                ?? throw new FunctionErrorException("No trigger binding was found: a function has exactly one.");
            function.IsDisabled = IsDisabled(function.Name);
            Refuse(function);
            function.Inputs = [.. function.Bindings
                .Where(binding => binding.Direction == BindingDirection.In && !binding.IsTrigger)
                .Select(binding => (binding.Name, _inputs[binding.Type].Bind(function, binding)))];
            var writers = new Dictionary<string, OutputWriter>(StringComparer.Ordinal);
            foreach (var binding in function.Bindings.Where(IsWritten))
            {
                var kind = _outputs.GetValueOrDefault(binding.Type);
                var writer = test is null ? kind!.Bind(function, binding) : test.Outputs.Bind(function, binding, kind);
                if (binding.Name == FunctionBinding.ReturnName)
                    function.Return = writer;
                else
                    writers[binding.Name] = writer;
            }

            function.Outputs = writers;
            function.Kind = _triggers.GetValueOrDefault(function.Trigger.Type);
            if (!function.IsDisabled)
                function.Kind?.Add(function);
        }
        catch (FunctionErrorException e) when (e.NoConnection && test is { Outputs.Only: true } && function.Kind is not null)
        {
            // Nobody listens, as for a trigger of a type that is not known; the test runs the function by its name.
            function.Kind = null;
        }
        catch (FunctionErrorException e)
        {
            function.Error = e.Message;
        }
    }

    // The response of an HTTP function is a binding of type http; it goes back by the request, not by an output.
    private static bool IsWritten(FunctionBinding binding) =>
        binding.Direction == BindingDirection.Out && !binding.Type.Equals("http", StringComparison.OrdinalIgnoreCase);

    private void Refuse(HostFunction function)
    {
        var unknown = function.Bindings
            .Where(binding => binding.IsTrigger ? test is null && !_triggers.ContainsKey(binding.Type)
                : binding.Direction == BindingDirection.In ? !_inputs.ContainsKey(binding.Type)
                : IsWritten(binding) && test is not { Outputs.Only: true } && !_outputs.ContainsKey(binding.Type))
            .Select(binding => binding.Type)
            .Distinct()
            .ToArray();
        if (unknown.Length > 0)
        {
            // The real host's sentence.
            throw new FunctionErrorException(
                $"The binding type(s) '{string.Join(", ", unknown)}' are not registered. Please ensure the type is correct and the "
                + "binding extension is installed.");
        }
    }

    private bool IsDisabled(string name) =>
        (settings[$"AzureWebJobs.{name}.Disabled"] ?? settings[$"AzureWebJobs_{name}_Disabled"] ?? settings[$"AzureWebJobs:{name}:Disabled"])
            is { } text && (text == "1" || text.Equals("true", StringComparison.OrdinalIgnoreCase));
}

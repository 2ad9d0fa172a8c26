using System.Linq.Expressions;
using System.Reflection;
using System.Threading.Channels;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker.InProcess.Sdk;

/// <summary>
/// What of the worker SDK's insides a worker in this process needs, found by name when the first one starts: the client it talks to
/// the host with (`IWorkerClientFactory`, `IWorkerClient`, `IMessageProcessor`) and the channel its logs go into
/// (`GrpcHostChannel`). Messages cross as the SDK's own types on its side and as this host's on the other.
/// </summary>
internal sealed class WorkerSdk
{
    private const string AssemblyName = "Microsoft.Azure.Functions.Worker.Grpc";

    private readonly Type _factory;
    private readonly Type _client;
    private readonly Type _hostChannel;
    private readonly PropertyInfo _channel;
    private readonly MessageParser _parser;
    private readonly Action<object, object> _process;

    private WorkerSdk(Assembly grpc)
    {
        var missing = new List<string>();
        _factory = Find("Microsoft.Azure.Functions.Worker.Grpc.IWorkerClientFactory");
        _client = Find("Microsoft.Azure.Functions.Worker.Grpc.IWorkerClient");
        _hostChannel = Find("Microsoft.Azure.Functions.Worker.GrpcHostChannel");
        var processor = Find("Microsoft.Azure.Functions.Worker.Grpc.IMessageProcessor");
        var message = Find("Microsoft.Azure.Functions.Worker.Grpc.Messages.StreamingMessage");
        var process = Method(processor, "ProcessMessageAsync", message);
        Method(_factory, "CreateClient", processor);
        Method(_client, "StartAsync", typeof(CancellationToken));
        Method(_client, "SendMessageAsync", message);
        var channel = _hostChannel.GetProperty("Channel", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        if (channel is null && _hostChannel != typeof(void))
            missing.Add("GrpcHostChannel.Channel");
        var parser = message.GetProperty("Parser", BindingFlags.Static | BindingFlags.Public)?.GetValue(null) as MessageParser;
        if (parser is null && message != typeof(void))
            missing.Add("StreamingMessage.Parser");
        if (missing.Count > 0)
        {
            throw new WorkerStartException(
                $"{AssemblyName} {grpc.GetName().Version} does not have what running its worker in this process needs: "
                + $"{string.Join(", ", missing)}. Run the worker in a process of its own (--worker process), or use a version of "
                + "Microsoft.Azure.Functions.Worker that does.");
        }

        _channel = channel!;
        _parser = parser!;
        Codec = new MessageCodec(message, _parser);
        var target = Expression.Parameter(typeof(object));
        var argument = Expression.Parameter(typeof(object));
        _process = Expression.Lambda<Action<object, object>>(
            Expression.Call(Expression.Convert(target, processor), process!, Expression.Convert(argument, message)), target, argument).Compile();

        Type Find(string name)
        {
            if (grpc.GetType(name) is { } type)
                return type;
            missing.Add(name);
            return typeof(void);
        }

        MethodInfo? Method(Type type, string name, Type parameter)
        {
            if (type == typeof(void))
                return null;
            var method = type.GetMethod(name, [parameter]);
            if (method is null)
                missing.Add($"{type.Name}.{name}({parameter.Name})");
            return method;
        }
    }

    /// <summary>Turns messages of one side into the other's.</summary>
    public MessageCodec Codec { get; }

    /// <summary>Finds the SDK the app brings.</summary>
    /// <exception cref="WorkerStartException">The app has none, or one that lacks something; the message names it.</exception>
    public static WorkerSdk Load()
    {
        try
        {
            return new WorkerSdk(Assembly.Load(AssemblyName));
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            throw new WorkerStartException($"The app has no isolated worker that can be loaded here: {e.Message}", e);
        }
    }

    /// <summary>Puts <paramref name="connect"/> in place of the worker's gRPC client.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="connect">
    /// Called once, when the worker starts: takes what hands a message to the worker, gives back what takes the worker's messages.
    /// </param>
    public void ReplaceClient(IServiceCollection services, Func<IServiceProvider, Action<StreamingMessage>, Action<IMessage>> connect)
    {
        services.RemoveAll(_factory);
        services.Add(ServiceDescriptor.Singleton(_factory, provider => SdkProxy.Create(_factory, (method, arguments) =>
        {
            var processor = arguments[0]!;
            var receive = connect(provider, message => _process(processor, Codec.ToSdk(message)));
            _ = PrepareAsync(provider.GetRequiredService<ILoggerFactory>().CreateLogger<WorkerSdk>());
            DrainLogs(provider.GetRequiredService(_hostChannel), receive);
            return SdkProxy.Create(_client, (called, sent) =>
            {
                if (called.Name == "StartAsync")
                {
                    receive(_parser.ParseFrom(new StreamingMessage { StartStream = new StartStream() }.ToByteArray()));
                    return Task.CompletedTask;
                }

                receive((IMessage)sent[0]!);
                return default(ValueTask);
            });
        })));
    }

    private async Task PrepareAsync(ILogger logger)
    {
        try
        {
            await Codec.PrepareAsync();
        }
        catch (Exception unlike)
        {
            // An SDK whose messages differ: nothing is wrong but the speed.
            logger.LogWarning(unlike, "The worker's messages cannot be copied field by field and go as bytes, which takes longer.");
        }
    }

    private void DrainLogs(object hostChannel, Action<IMessage> receive)
    {
        var channel = _channel.GetValue(hostChannel)!;
        GetType().GetMethod(nameof(DrainAsync), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(channel.GetType().BaseType!.IsGenericType && channel is not null
                ? channel.GetType().BaseType!.GetGenericArguments()[0]
                : channel!.GetType().GetGenericArguments()[0])
            .Invoke(null, [channel, receive]);
    }

    private static async Task DrainAsync<TMessage>(Channel<TMessage> channel, Action<IMessage> receive)
        where TMessage : IMessage
    {
        await foreach (var message in channel.Reader.ReadAllAsync())
            receive(message);
    }
}

using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Tasklane.Emulator.Worker.InProcess.Sdk;
using Tasklane.Emulator.Worker.Protocol;
using Xunit;

namespace Tasklane.Emulator.Tests.Functions;

/// <summary>Invocations and answers cross to a worker in this process field by field: that must say what the bytes say.</summary>
public sealed class MessageCodecTests
{
    private const int Rounds = 500;

    [Fact]
    public async Task A_copied_request_is_the_request_that_its_bytes_make()
    {
        var (bytes, copies) = await CodecsAsync();
        for (var seed = 0; seed < Rounds; seed++)
        {
            var message = new StreamingMessage { RequestId = $"{seed}", InvocationRequest = Filled<InvocationRequest>(seed) };
            Assert.Equal((IMessage)bytes.ToSdk(message), (IMessage)copies.ToSdk(message));
        }
    }

    [Fact]
    public async Task A_copied_answer_is_the_answer_that_its_bytes_make()
    {
        var (bytes, copies) = await CodecsAsync();
        for (var seed = 0; seed < Rounds; seed++)
        {
            // Answers have no request id here: the invocation's says which it is.
            var sent = (IMessage)bytes.ToSdk(new StreamingMessage { InvocationResponse = Filled<InvocationResponse>(seed) });
            Assert.Equal(bytes.ToHost(sent), copies.ToHost(sent));
        }
    }

    [Fact]
    public async Task Other_messages_cross_as_well()
    {
        var (_, copies) = await CodecsAsync();
        foreach (var field in StreamingMessage.Descriptor.Fields.InFieldNumberOrder().Where(field => field.FieldType == FieldType.Message))
        {
            var message = new StreamingMessage { RequestId = field.Name };
            field.Accessor.SetValue(message, Filled(field.MessageType, new Random(field.FieldNumber), 3));
            if (message.ContentCase == StreamingMessage.ContentOneofCase.InvocationResponse)
                message.RequestId = "";
            Assert.Equal(message, copies.ToHost((IMessage)copies.ToSdk(message)));
        }
    }

    private static async Task<(MessageCodec Bytes, MessageCodec Copies)> CodecsAsync()
    {
        var copies = WorkerSdk.Load().Codec;
        await copies.PrepareAsync();
        return (WorkerSdk.Load().Codec, copies);
    }

    private static T Filled<T>(int seed)
        where T : class, IMessage<T>, new() => (T)Filled(new T().Descriptor, new Random(seed), 4);

    /// <summary>A message with about two thirds of its fields, of each choice one.</summary>
    private static IMessage Filled(MessageDescriptor type, Random random, int depth)
    {
        var message = type.Parser.ParseFrom(Array.Empty<byte>());
        var left = type.Oneofs.ToDictionary(choice => choice, choice => choice.Fields[random.Next(choice.Fields.Count)]);
        foreach (var field in type.Fields.InFieldNumberOrder())
        {
            if (random.Next(3) == 0 || (field.ContainingOneof is { } choice && left[choice] != field))
                continue;
            var count = random.Next(3);
            if (field.IsMap)
            {
                var map = (IDictionary)field.Accessor.GetValue(message);
                for (var i = 0; i < count; i++)
                {
                    if (Value(field.MessageType.FindFieldByNumber(2), random, depth) is { } value)
                        map[$"key{i}"] = value;
                }
            }
            else if (field.IsRepeated)
            {
                var list = (IList)field.Accessor.GetValue(message);
                for (var i = 0; i < count; i++)
                {
                    if (Value(field, random, depth) is { } value)
                        list.Add(value);
                }
            }
            else if (Value(field, random, depth) is { } value)
            {
                field.Accessor.SetValue(message, value);
            }
        }

        return message;
    }

    private static object? Value(FieldDescriptor field, Random random, int depth) => field.FieldType switch
    {
        FieldType.String => new string('é', random.Next(1, 9)),
        FieldType.Bytes => ByteString.CopyFrom(1, 2, (byte)random.Next(256)),
        FieldType.Bool => true,
        FieldType.Double => random.NextDouble(),
        FieldType.Int32 => random.Next(),
        FieldType.Int64 or FieldType.SInt64 => random.NextInt64(),
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, 1),
        FieldType.Message => depth == 0 ? null : Filled(field.MessageType, random, depth - 1),
        _ => throw new NotSupportedException($"{field.FullName} is a {field.FieldType}."),
    };
}

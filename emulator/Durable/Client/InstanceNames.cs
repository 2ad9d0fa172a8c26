using Tasklane.Emulator.Durable.Engine;

namespace Tasklane.Emulator.Durable.Client;

/// <summary>Which ids the real extension takes.</summary>
internal static class InstanceNames
{
    private const int MaxLength = 256;

    /// <exception cref="Grpc.Core.RpcException">InvalidArgument: it could not be addressed, or is an entity's.</exception>
    public static string Checked(string id)
    {
        if (id.Length == 0)
            throw Refusals.Invalid("An instance id is missing.");
        if (id[0] == '@')
            throw Refusals.Invalid($"The instance id '{Shown(id)}' begins with '@', as only the ids of entities do.");
        if (id.Length > MaxLength)
            throw Refusals.Invalid($"The instance id '{Shown(id)}' has {id.Length} characters; {MaxLength} are the most.");
        foreach (var character in id)
        {
            if (character is '/' or '\\' or '#' or '?' || char.IsControl(character))
            {
                throw Refusals.Invalid(
                    $"The instance id '{Shown(id)}' holds a character that is not allowed: '/', '\\', '#', '?' and control characters are not.");
            }
        }

        return id;
    }

    /// <summary>`@name@key`, the name in lower case.</summary>
    /// <exception cref="Grpc.Core.RpcException">InvalidArgument: it is no entity's id.</exception>
    public static string CheckedEntity(string id)
    {
        var second = id.Length > 2 && id[0] == '@' ? id.IndexOf('@', 1) : -1;
        if (second < 2)
            throw Refusals.Invalid($"'{Shown(id)}' is no id of an entity: that is @name@key.");
        return string.Concat(id[..second].ToLowerInvariant(), id[second..]);
    }

    private static string Shown(string id)
    {
        var visible = new string([.. id.Take(64).Select(character => char.IsControl(character) ? ' ' : character)]);
        return id.Length > 64 ? visible + "..." : visible;
    }
}

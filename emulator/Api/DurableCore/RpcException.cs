namespace Grpc.Core;

/// <summary>Why a call was refused; the numbers of gRPC.</summary>
public enum StatusCode
{
    OK = 0,
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

/// <summary>The code with a text for people.</summary>
public struct Status(StatusCode statusCode, string detail)
{
    public StatusCode StatusCode { get; } = statusCode;

    public string Detail { get; } = detail;

    public override readonly string ToString() => $"Status(StatusCode=\"{StatusCode}\", Detail=\"{Detail}\")";
}

/// <summary>What the durable client throws for an unknown (NotFound) or finished (FailedPrecondition) instance.</summary>
public class RpcException : Exception
{
    public RpcException(Status status)
        : this(status, status.ToString())
    {
    }

    public RpcException(Status status, string message)
        : base(message) => Status = status;

    public Status Status { get; }

    public StatusCode StatusCode => Status.StatusCode;
}

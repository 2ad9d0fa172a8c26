namespace Tasklane.Tasks.Http;

/// <summary>The query parameters that an HTTP function reads; without it, none. Others are refused by <see cref="QueryMiddleware"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class QueryParametersAttribute(params string[] names) : Attribute
{
    public IReadOnlyList<string> Names => names;
}

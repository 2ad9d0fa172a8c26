using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Net.Http.Headers;
using Tasklane.Tasks.Files;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http.Files;

/// <summary>
/// Files for tasks to work on: sent whole, or with their length first and then in parts, each of which can be sent again. They are their
/// owner's, and gone after a while.
/// </summary>
public sealed class FilesApi(FileService files, IFileStore store)
{
    private const int LongestType = 200;

    /// <summary>Whole without <c>length</c>; with it, what the body has is the beginning.</summary>
    [Function("CreateFile")]
    [QueryParameters("name", "length", "sha256")]
    public async Task<IResult> Create([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/files")] HttpRequest request)
    {
        var query = new Query(request);
        long? length = query.Text("length") is null ? null : query.Number("length", 0, 0, long.MaxValue);
        var sha256 = query.Text("sha256");
        var (caller, cancellation) = (request.GetCaller(), request.HttpContext.RequestAborted);
        var type = request.ContentType is { Length: > 0 and <= LongestType } told ? told : "application/octet-stream";
        var key = IdempotencyKeys.Of(request);
        var file = await files.CreateAsync(caller, query.Text("name") ?? "file", type, length, key, cancellation);
        if (!file.IsComplete)
        {
            try
            {
                file = await files.AppendAsync(file, 0, request.Body, sha256, cancellation);
            }
            catch (Exception) when (length is null && key is null)
            {
                // Nobody knows its id.
                await store.DeleteAsync(file.Id, null, CancellationToken.None);
                throw;
            }
        }
        return new JsonAnswer<StoredFile>(StatusCodes.Status201Created, file, Write) { Location = $"/api/files/{file.Id}" };
    }

    /// <summary>Goes on behind the first <c>offset</c> bytes; what was there before is replaced.</summary>
    [Function("AppendFile")]
    [QueryParameters("offset", "sha256")]
    public async Task<IResult> Append([HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "api/files/{id}")] HttpRequest request, string id)
    {
        var query = new Query(request);
        var offset = query.Number("offset", 0, 0, long.MaxValue);
        var file = await files.GetAsync(id, request.GetCaller().Id, request.HttpContext.RequestAborted);
        return Answer(await files.AppendAsync(file, offset, request.Body, query.Text("sha256"), request.HttpContext.RequestAborted));
    }

    [Function("ListFiles")]
    [QueryParameters("after", "pageSize")]
    public async Task<IResult> List([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/files")] HttpRequest request)
    {
        var query = new Query(request);
        var (after, pageSize) = (query.Text("after"), query.PageSize());
        var page = await store.ListAsync(request.GetCaller().Id, after, pageSize, request.HttpContext.RequestAborted);
        return new JsonAnswer<IReadOnlyList<StoredFile>>(StatusCodes.Status200OK, page, (json, list) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("files"u8);
            foreach (var file in list)
                Write(json, file);
            json.WriteEndArray();
            json.WriteString("next"u8, list.Count < pageSize ? null : list[^1].Id);
            json.WriteEndObject();
        });
    }

    [Function("GetFile")]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/files/{id}")] HttpRequest request, string id) =>
        Answer(await files.GetAsync(id, request.GetCaller().Id, request.HttpContext.RequestAborted));

    [Function("GetFileContent")]
    public async Task<IResult> Content([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/files/{id}/content")] HttpRequest request, string id)
    {
        var file = await files.GetAsync(id, request.GetCaller().Id, request.HttpContext.RequestAborted);
        return new ContentAnswer(file, files.Open(file));
    }

    [Function("DeleteFile")]
    public async Task<IResult> Delete([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "api/files/{id}")] HttpRequest request, string id)
    {
        await RequestBody.RequireNoneAsync(request);
        await files.GetAsync(id, request.GetCaller().Id, request.HttpContext.RequestAborted);
        await store.DeleteAsync(id, request.GetCaller().Id, CancellationToken.None);
        return TypedResults.NoContent();
    }

    private static JsonAnswer<StoredFile> Answer(StoredFile file) => new(StatusCodes.Status200OK, file, Write);

    private static void Write(Utf8JsonWriter json, StoredFile file)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, file.Id);
        json.WriteString("name"u8, file.Name);
        json.WriteString("contentType"u8, file.ContentType);
        if (file.Length is { } length)
            json.WriteNumber("length"u8, length);
        else
            json.WriteNull("length"u8);
        json.WriteNumber("size"u8, file.Size);
        json.WriteString("sha256"u8, file.Sha256);
        json.WriteBoolean("complete"u8, file.IsComplete);
        Timestamps.Write(json, "createdAt"u8, file.CreatedAt);
        Timestamps.Write(json, "expiresAt"u8, file.ExpiresAt);
        json.WriteEndObject();
    }

    /// <summary>The bytes, or a range of them, as a download.</summary>
    private sealed class ContentAnswer(StoredFile file, Stream bytes) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var headers = httpContext.Response.Headers;
            // A file somebody sent is never a page of this site, whatever is in it.
            headers.XContentTypeOptions = "nosniff";
            headers.CacheControl = "private, no-cache";
            await using (bytes)
                await Results.Stream(bytes, file.ContentType, file.Name, entityTag: new EntityTagHeaderValue($"\"{file.Sha256}\""), enableRangeProcessing: true).ExecuteAsync(httpContext);
            if (httpContext.Response is { StatusCode: StatusCodes.Status416RangeNotSatisfiable, HasStarted: false })
                await Problem.Answer(new InvalidRequestException(RequestErrors.RangeNotSatisfiable, file.Size), httpContext.Request).ExecuteAsync(httpContext);
        }
    }
}

using System.Text;
using Microsoft.AspNetCore.Http;
using Tasklane.Security;
using Xunit;

namespace Tasklane.Functions.Tests.Security;

public sealed class PrincipalTests
{
    private readonly Principal _principal = new();

    [Fact]
    public void Find_without_headers_is_nobody() => Assert.Null(_principal.Find(new HeaderDictionary()));

    [Fact]
    public void Find_reads_id_name_and_roles_as_app_service_sends_them()
    {
        var caller = _principal.Find(Headers("ada-id", "ada@example.org", """
            {"auth_typ":"aad","name_typ":"name","role_typ":"groups","claims":[
              {"typ":"name","val":"Ada"},{"typ":"groups","val":"writers"},{"typ":"roles","val":"admin"},{"typ":"oid","val":"another"}]}
            """));

        Assert.NotNull(caller);
        Assert.Equal("ada-id", caller.Id);
        Assert.Equal("ada@example.org", caller.Name);
        Assert.True(caller.IsAdmin);
        Assert.True(caller.Has("writers"));
        Assert.False(caller.Has("readers"));
    }

    [Fact]
    public void Find_takes_the_id_from_the_claims_when_it_stands_nowhere_else()
    {
        var caller = _principal.Find(Headers(null, null,
            """{"claims":[{"typ":"sub","val":"second"},{"typ":"oid","val":"first"},{"typ":"x"},{"val":1}]}"""));

        Assert.Equal("first", caller?.Id);
        Assert.False(caller!.IsAdmin);
    }

    [Fact]
    public void Find_reads_what_static_web_apps_send()
    {
        var caller = _principal.Find(Headers(null, null,
            """{"identityProvider":"aad","userId":"u1","userDetails":"ada@example.org","userRoles":["anonymous","authenticated","admin"]}"""));

        Assert.Equal("u1", caller?.Id);
        Assert.Equal("ada@example.org", caller?.Name);
        Assert.True(caller!.IsAdmin);
    }

    [Fact]
    public void Find_of_an_id_alone_is_a_user_without_roles()
    {
        var caller = _principal.Find(Headers("ada", null, null));

        Assert.Equal("ada", caller?.Id);
        Assert.Empty(caller!.Roles);
    }

    [Theory]
    [InlineData("!!!")]
    [InlineData("e30")]
    [InlineData("W10=")]
    [InlineData("eyJjbGFpbXMiOjF9")]
    [InlineData("e30=")]
    public void Find_of_claims_that_make_no_sense_is_nobody(string claims)
    {
        var headers = new HeaderDictionary { ["X-MS-CLIENT-PRINCIPAL"] = claims };
        Assert.Null(_principal.Find(headers));
    }

    [Fact]
    public void Find_of_the_same_headers_is_the_same_caller_and_of_others_is_not()
    {
        var ada = _principal.Find(Headers("ada", "Ada", """{"claims":[]}"""));

        Assert.Same(ada, _principal.Find(Headers("ada", "Ada", """{"claims":[]}""")));
        Assert.NotSame(ada, _principal.Find(Headers("ada", "Ada", """{"claims":[{"typ":"roles","val":"admin"}]}""")));
    }

    private static HeaderDictionary Headers(string? id, string? name, string? claims)
    {
        var headers = new HeaderDictionary();
        if (id is not null)
            headers["X-MS-CLIENT-PRINCIPAL-ID"] = id;
        if (name is not null)
            headers["X-MS-CLIENT-PRINCIPAL-NAME"] = name;
        if (claims is not null)
            headers["X-MS-CLIENT-PRINCIPAL"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(claims));
        return headers;
    }
}

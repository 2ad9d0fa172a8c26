using System.Net;
using Tasklane.Handlers.Outbound;
using Tasklane.Tasks;
using Xunit;

namespace Tasklane.Functions.Tests.Handlers;

/// <summary>How addresses are read and sorted, before anything is asked.</summary>
public sealed class OutboundRulesTests
{
    [Theory]
    [InlineData("http://example.com")]
    [InlineData("HTTPS://Example.com:8443/a?b=c#d")]
    [InlineData("http://93.184.215.14/")]
    [InlineData("http://[2606:4700::1]:8080/")]
    [InlineData("http://1a2.example.com/")]
    [InlineData("http://xn--fiqs8s.example/%E4%B8%AD")]
    public void An_address_in_plain_spelling_is_read(string text) => Assert.True(OutboundUrl.TryRead(text, out _, out _));

    [Theory]
    [InlineData("ftp://example.com/", "http or https")]
    [InlineData("file:///etc/passwd", "http or https")]
    [InlineData("//example.com/", "http or https")]
    [InlineData("http:example.com", "http or https")]
    [InlineData("http://", "http or https")]
    [InlineData("/a", "http or https")]
    [InlineData("http://user@example.com/", "user name")]
    [InlineData("http://example.com:pw@evil.example/", "user name")]
    [InlineData("http://example.com\\@evil.example/", "without spaces")]
    [InlineData("http://example.com/a b", "without spaces")]
    [InlineData("http://example.com/\n", "without spaces")]
    [InlineData("http://１２７.0.0.1/", "ASCII")]
    [InlineData("http://例子.example/", "ASCII")]
    [InlineData("http://2130706433/", "four decimal")]
    [InlineData("http://2852039166/latest/meta-data", "four decimal")]
    [InlineData("http://0x7f000001/", "four decimal")]
    [InlineData("http://0x7f.0.0.1/", "four decimal")]
    [InlineData("http://0177.0.0.1/", "four decimal")]
    [InlineData("http://127.1/", "four decimal")]
    [InlineData("http://127.0.0.1./", "four decimal")]
    [InlineData("http://127.000.000.001/", "four decimal")]
    [InlineData("http://999.1.1.1/", "four decimal")]
    [InlineData("http://example.0x1/", "four decimal")]
    [InlineData("http://[fe80::1%25eth0]/", "zone")]
    [InlineData("http://[fe80::1%eth0]/", "zone")]
    [InlineData("http://%31%32%37.0.0.1/", "http or https")]
    public void An_address_that_hides_where_it_leads_is_refused(string text, string why)
    {
        Assert.False(OutboundUrl.TryRead(text, out _, out var problem));
        Assert.Contains(why, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("93.184.215.14", 0)]
    [InlineData("100.63.255.255", 0)]
    [InlineData("172.32.0.1", 0)]
    [InlineData("2606:4700::1111", 0)]
    [InlineData("127.0.0.1", 1)]
    [InlineData("127.255.255.254", 1)]
    [InlineData("10.1.2.3", 1)]
    [InlineData("172.16.0.1", 1)]
    [InlineData("172.31.255.255", 1)]
    [InlineData("192.168.1.1", 1)]
    [InlineData("100.64.0.1", 1)]
    [InlineData("100.127.255.255", 1)]
    [InlineData("::1", 1)]
    [InlineData("fd12:3456::1", 1)]
    [InlineData("fc00::1", 1)]
    [InlineData("169.254.169.254", 2)]
    [InlineData("169.254.0.1", 2)]
    [InlineData("168.63.129.16", 2)]
    [InlineData("100.100.100.200", 2)]
    [InlineData("fd00:ec2::254", 2)]
    [InlineData("0.0.0.0", 2)]
    [InlineData("0.1.2.3", 2)]
    [InlineData("192.0.0.192", 2)]
    [InlineData("224.0.0.1", 2)]
    [InlineData("239.255.255.255", 2)]
    [InlineData("240.0.0.1", 2)]
    [InlineData("255.255.255.255", 2)]
    [InlineData("198.18.0.1", 2)]
    [InlineData("203.0.113.9", 2)]
    [InlineData("::", 2)]
    [InlineData("::ffff:127.0.0.1", 2)]
    [InlineData("::ffff:169.254.169.254", 2)]
    [InlineData("::ffff:93.184.215.14", 2)]
    [InlineData("::7f00:1", 2)]
    [InlineData("2002:7f00:1::", 2)]
    [InlineData("2002:a9fe:a9fe::1", 2)]
    [InlineData("64:ff9b::7f00:1", 2)]
    [InlineData("64:ff9b::a9fe:a9fe", 2)]
    [InlineData("64:ff9b:1::1", 2)]
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2", 2)]
    [InlineData("2001:db8::1", 2)]
    [InlineData("100::1", 2)]
    [InlineData("fe80::1", 2)]
    [InlineData("fe80::1%1", 2)]
    [InlineData("2606:4700::1111%1", 2)]
    [InlineData("fec0::1", 2)]
    [InlineData("ff02::1", 2)]
    public void Every_address_is_sorted(string address, int scope) => Assert.Equal((AddressScope)scope, AddressRules.Of(IPAddress.Parse(address)));

    [Theory]
    [InlineData("example.com", "https://example.com/", true)]
    [InlineData("example.com", "http://EXAMPLE.com/", true)]
    [InlineData("example.com", "https://example.com:8443/", false)]
    [InlineData("example.com", "https://a.example.com/", false)]
    [InlineData("example.com", "https://example.com./", false)]
    [InlineData("example.com:8443", "https://example.com:8443/", true)]
    [InlineData("example.com:8443", "https://example.com/", false)]
    [InlineData("*.example.com", "https://a.example.com/", true)]
    [InlineData("*.example.com", "https://a.b.example.com/", true)]
    [InlineData("*.example.com", "https://example.com/", false)]
    [InlineData("*.example.com", "https://badexample.com/", false)]
    [InlineData("*.example.com", "https://a.example.com.evil.example/", false)]
    [InlineData("[2606:4700:0::1]", "https://[2606:4700::1]/", true)]
    public void A_host_is_allowed_by_its_name_and_port(string pattern, string url, bool allowed) =>
        Assert.Equal(allowed, new AllowList(new OutboundOptions { AllowedHosts = [pattern] }).Allows(new Uri(url)));

    [Theory]
    [InlineData("*")]
    [InlineData("*.com")]
    [InlineData("*.10.0.0.1")]
    [InlineData("a*.example.com")]
    [InlineData("https://example.com")]
    [InlineData("example.com/path")]
    [InlineData("example.com:0")]
    [InlineData("example.com:99999")]
    [InlineData("user@example.com")]
    [InlineData("[::zz]")]
    [InlineData("")]
    public void A_pattern_that_means_too_much_or_nothing_is_told_at_start(string pattern)
    {
        var told = string.Join('\n', new TasklaneOptions { Outbound = { AllowedHosts = [pattern] } }.Problems());
        Assert.Contains($"Tasklane:Outbound:AllowedHosts has '{pattern}'", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("*.example.com:80")]
    public void A_private_endpoint_must_be_named_exactly(string endpoint) =>
        Assert.Contains("one host and port", string.Join('\n', new TasklaneOptions { Outbound = { AllowedPrivate = [endpoint] } }.Problems()), StringComparison.Ordinal);
}

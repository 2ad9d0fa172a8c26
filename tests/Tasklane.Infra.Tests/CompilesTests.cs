namespace Tasklane.Infra.Tests;

public sealed class CompilesTests(Profiles profiles)
{
    [Fact]
    public async Task The_linter_has_nothing_to_say_of_any_file()
    {
        var (code, output, said) = await Bicep.RunAsync("lint", Path.Combine(Bicep.Infra, "main.bicep")); // and of all that it is made of
        Assert.Equal((0, "", ""), (code, output.Trim(), said.Trim()));
    }

    [Fact]
    public async Task A_property_that_Azure_does_not_know_would_be_found()
    {
        var file = Path.Combine(Path.GetTempPath(), $"tasklane-{Guid.NewGuid():N}.bicep");
        await File.WriteAllTextAsync(file, "resource s 'Microsoft.Storage/storageAccounts@2025-01-01' = { name: 'abc', location: resourceGroup().location, kind: 'StorageV2', sku: { name: 'Standard_LRS' }, properties: { allowSharedKeys: false } }");
        try
        {
            Assert.Contains("allowSharedKeys", (await Bicep.RunAsync("lint", file)).Said, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Every_parameter_that_azd_gives_is_one_of_the_template()
    {
        var parameters = System.Text.Json.Nodes.JsonNode.Parse(profiles.Template)!["parameters"]!.AsObject();
        var given = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Bicep.Infra, "main.parameters.json")))!["parameters"]!.AsObject();
        Assert.Empty(given.Select(one => one.Key).Except(parameters.Select(one => one.Key)));
        Assert.Empty(parameters.Where(one => one.Value!["defaultValue"] is null).Select(one => one.Key).Except(given.Select(one => one.Key)));
    }
}

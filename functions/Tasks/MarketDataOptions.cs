namespace Tasklane.Tasks;

/// <summary>Where market data comes from.</summary>
public sealed class MarketDataOptions
{
    /// <summary>
    /// Directory with <c>sectors.csv</c> (code,name), <c>stocks.csv</c> (code,name,sector) and <c>prices/yyyy-MM-dd.csv</c>
    /// (code,open,high,low,close,volume). Empty = there is none, and its task types fail.
    /// </summary>
    public string Directory { get; set; } = "";

    internal IEnumerable<string> Problems()
    {
        if (Directory.Length > 0 && !System.IO.Directory.Exists(Directory)) yield return $"Tasklane:MarketData:Directory is {Directory}, and there is no such directory.";
    }
}

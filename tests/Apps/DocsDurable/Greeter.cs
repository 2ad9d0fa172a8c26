namespace DocsDurable;

public sealed record Greeting(string Word);

public interface IGreeter
{
    string Greet(string name);
}

public sealed class Greeter(Greeting greeting) : IGreeter
{
    public string Greet(string name) => $"{greeting.Word} {name}!";
}

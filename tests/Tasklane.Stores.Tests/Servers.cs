using Tasklane.Testbed;
using Xunit;

// Each server is started once, when the first test asks for it.
[assembly: AssemblyFixture(typeof(SharedRedis))]
[assembly: AssemblyFixture(typeof(SharedPostgres))]
[assembly: AssemblyFixture(typeof(QuietPostgres))]
[assembly: AssemblyFixture(typeof(SharedMySql))]

[assembly: AssemblyFixture(typeof(Tasklane.Testbed.SharedRedis))]
[assembly: AssemblyFixture(typeof(Tasklane.Testbed.SharedMySql))]
[assembly: AssemblyFixture(typeof(Tasklane.Testbed.SharedPostgres))]

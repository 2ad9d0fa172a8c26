[assembly: AssemblyFixture(typeof(Tasklane.Testbed.SharedRedis))]

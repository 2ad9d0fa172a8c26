using Tasklane.Emulator;

return await CommandLine.RunAsync(args);

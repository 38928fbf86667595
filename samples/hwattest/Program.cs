using HwAttest;

return await CommandLine.RunAsync(args, Console.Out, Console.Error);

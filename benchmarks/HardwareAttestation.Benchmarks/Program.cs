using BenchmarkDotNet.Running;

// All of it: dotnet run -c Release --project benchmarks/HardwareAttestation.Benchmarks -- --filter '*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);

using System.Runtime.InteropServices;
using HardwareAttestation;
using HardwareAttestation.Emulation;
using Quickstart;

// Two emulated machines, one server, five attacks. "--verbose" prints every message between agent and server.
bool verbose = args.Contains("--verbose");
if (args.Any(argument => argument != "--verbose"))
{
    Console.Error.WriteLine("Usage: bash samples/run.sh [--verbose]");
    return 2;
}

using CancellationTokenSource stop = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

Narrator narrator = new(verbose);
try
{
    await new Story(narrator).TellAsync(stop.Token);
    return narrator.Conclude();
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("Stopped; the emulated machines are switched off and removed.");
    return 130;
}
catch (Exception exception) when (exception is HardwareAttestationException or EmulationException)
{
    Console.Error.WriteLine($"The story ends early: {exception.Message}");
    return 1;
}

// The story unwinds by itself, and takes its machines with it.
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}

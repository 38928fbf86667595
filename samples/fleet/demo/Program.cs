// What samples/fleet/run.sh starts: fleet-demo [--check] [--postgres]
using System.Runtime.InteropServices;
using Fleet.Demo;
using HardwareAttestation.Emulation;

if (args.Except(["--check", "--postgres"]).Any())
{
    Console.Error.WriteLine("Usage: fleet-demo [--check] [--postgres]");
    return 2;
}

bool check = args.Contains("--check");
bool withPostgreSql = args.Contains("--postgres");
using CancellationTokenSource stop = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
Narrator narrator = new(Console.Out);
try
{
    narrator.Chapter(withPostgreSql ? "A PostgreSQL of its own, two servers on it, and five machines" : "A server with SQLite, and five machines");
    await using Site site = await Site.OpenAsync(withPostgreSql, stop.Token);
    Story story = new(site, narrator);
    await story.TellAsync(stop.Token);
    if (!check)
    {
        narrator.Chapter("Your turn");
        narrator.Say("The agents go on attesting. Look at the page; press Ctrl-C to end: nothing stays behind.");
        await Task.Delay(Timeout.Infinite, stop.Token);
    }

    await story.EndAsync();
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    narrator.Say("Stopped: machines, agents, servers and their folders are gone.");
    return check ? 1 : 0;
}
catch (Exception exception) when (exception is DemoException or EmulationException or HttpRequestException)
{
    Console.Error.WriteLine($"It did not go as it should: {exception.Message}");
    return 1;
}

// The next signal does not wait for the clearing up; what is left then dies with this process.
void Stop(PosixSignalContext context)
{
    context.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}

using HardwareAttestation.FleetLoad.Stores;

namespace HardwareAttestation.FleetLoad;

/// <summary>What the command line says. Each command reads what concerns it.</summary>
internal sealed class LoadOptions
{
    /// <summary>Where the server keeps its devices.</summary>
    public StoreKind Store { get; init; } = StoreKind.Sqlite;

    /// <summary>How many machines enrol.</summary>
    public int Enrollments { get; init; } = 10_000;

    /// <summary>How many boots are attested.</summary>
    public int Boots { get; init; } = 100_000;

    /// <summary>How many machines are at it at a time.</summary>
    public int Workers { get; init; } = 16;

    /// <summary>Each so many machines has an endorsement key RSA 2048; zero for none.</summary>
    public int RsaEvery { get; init; } = 50;

    /// <summary>How many servers share the store.</summary>
    public int Servers { get; init; } = 1;

    /// <summary>How long a part of the command goes on, in seconds.</summary>
    public int Seconds { get; init; } = 20;

    /// <summary>How many honest agents there are beside hostile ones.</summary>
    public int Honest { get; init; } = 50;

    /// <summary>Megabytes that the server's garbage-collected heap may have; zero for no limit.</summary>
    public int HeapLimit { get; init; }

    /// <summary>How many devices are in the table, one number after the other with commas between.</summary>
    public string Devices { get; init; } = "1000,10000,100000,1000000";

    /// <summary>Decides what happens when, where that is random.</summary>
    public int Seed { get; init; } = 1;
}

using HardwareAttestation.Fleet.Tests.Server;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.Fleet.Tests.Page;

/// <summary>
/// A server with devices in every state. One is a machine that was enrolled and attested over two boots, and a clone of it was refused; what would take days
/// to happen is put into the storage.
/// </summary>
public sealed class PageFleet : IAsyncLifetime
{
    /// <summary>The machine with a TPM that signed for what is shown.</summary>
    public const string Machine = "rack1-node7";

    /// <summary>The name that a clone of it asked for.</summary>
    public const string Clone = "rack9-node9";
    public const string Overdue = "rack2-node1";
    public const string Refused = "rack2-node2";
    public const string Retired = "rack3-node1";
    public const string Revoked = "rack3-node2";

    /// <summary>A name and a reason that are markup where they are taken for it.</summary>
    public const string Markup = "<img src=x onerror=alert(1)>";

    public const string AttemptSentence = "It is not the enrolled key's signature.";

    /// <summary>One in whose name somebody else had something refused.</summary>
    public const string Attempted = "shelf1-node03";

    public const string PcrSentence = "PCR 7 of the bank sha256 has no value that is expected.";

    /// <summary>The devices with nothing to tell, on more than a page.</summary>
    public const int Others = 60;

    internal PageServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await PageServer.StartAsync(SeedAsync);
        await AddMachineAsync();
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();

    private static async Task SeedAsync(FleetSeed seed)
    {
        for (int i = 0; i < Others; i++)
        {
            await seed.AddAsync($"shelf{i / 12 + 1}-node{i % 12 + 1:00}", TimeSpan.FromMinutes(i), resetCount: (uint)i + 3);
        }

        await seed.AddAsync(Overdue, TimeSpan.FromHours(9), resetCount: 21);
        await seed.AddAsync(Refused, TimeSpan.FromHours(2), resetCount: 57);
        await seed.AddAsync(Retired, TimeSpan.FromDays(3), DeviceStatus.Retired, $"Board sent back {Markup}");
        await seed.AddAsync(Revoked, TimeSpan.FromDays(9), DeviceStatus.Revoked, "Stolen from the site in Graz");
        await seed.RefuseAsync(null, "challenge.known", "There is no such challenge, or it was answered already.", TimeSpan.FromHours(7), "completion", "203.0.113.9");
        await seed.RefuseAsync(Markup, "enrollment.node", $"The name {Markup} is not well formed.", TimeSpan.FromHours(6), "enrollment", "2001:db8::17");
        await seed.RefuseAsync(Refused, "quote.pcr-policy", PcrSentence, TimeSpan.FromMinutes(4), signed: true);
        await seed.RefuseAsync(Attempted, "signature.valid", AttemptSentence, TimeSpan.FromHours(8), source: "198.51.100.4");
        await seed.RefuseAsync(Attempted, "signature.valid", AttemptSentence, TimeSpan.FromHours(8) - TimeSpan.FromMinutes(1), source: "198.51.100.4");
    }

    private async Task AddMachineAsync()
    {
        await using HttpAgent agent = await HttpAgent.StartAsync();
        (await agent.EnrollAsync(Server.Agents, Machine)).ShouldBeVerified();

        // As an earlier enrolment left it: five boots, a silence of four days, and three resets that nobody saw.
        const string Earlier = "earlier-enrolment";
        FleetSeed seed = Server.Seed;
        await seed.AddBootAsync(Machine, Earlier, 41, TimeSpan.FromDays(29), TimeSpan.FromDays(25));
        await seed.AddBootAsync(Machine, Earlier, 42, TimeSpan.FromDays(24.9), TimeSpan.FromDays(19));
        await seed.AddBootAsync(Machine, Earlier, 43, TimeSpan.FromDays(18.8), TimeSpan.FromDays(16));
        await seed.AddBootAsync(Machine, Earlier, 47, TimeSpan.FromDays(12), TimeSpan.FromDays(5));
        await seed.AddBootAsync(Machine, Earlier, 48, TimeSpan.FromDays(4.9), TimeSpan.FromDays(1));

        (await agent.AttestAsync(Server.Agents, Machine)).ShouldBeVerified();
        await agent.RebootAsync();
        (await agent.AttestAsync(Server.Agents, Machine)).ShouldBeVerified();

        await using HttpAgent clone = await HttpAgent.StartAsync();
        (await clone.EnrollAsync(Server.Agents, Clone)).ShouldBeRefusedBy(System.Net.HttpStatusCode.Forbidden, "enrollment.ek-free");
    }
}

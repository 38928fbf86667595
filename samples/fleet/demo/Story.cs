using System.Text.Json;
using HardwareAttestation.Emulation;

namespace Fleet.Demo;

/// <summary>The story, step by step. Each step is verified by what an operator would be told.</summary>
internal sealed class Story(Site site, Narrator narrator)
{
    private Node Cycled => site.Nodes[1];

    private Node Copied => site.Nodes[^1];

    public async Task TellAsync(CancellationToken cancellationToken)
    {
        foreach (FleetServerProcess server in site.Servers)
        {
            narrator.Say($"The page: {server.Address}");
        }

        narrator.Say($"The operator's token, which the page asks for: {site.Servers[0].OperatorTokenFile}");
        narrator.Say($"{site.Nodes.Count} machines were made, each with a TPM and a certificate of its maker, whom the server trusts.");

        using OperatorApi api = new(site.Servers[0].Address, site.Servers[0].OperatorToken);
        await EnrollAsync(api, cancellationToken);
        await PowerCycleAsync(api, cancellationToken);
        await CopyAsync(api, cancellationToken);
        await CompareServersAsync(cancellationToken);
    }

    /// <summary>Ends everything in good order.</summary>
    public async Task EndAsync()
    {
        narrator.Chapter("The end");
        await Task.WhenAll(site.Nodes.Select(node => node.ShutDownAsync()));
        foreach (FleetServerProcess server in site.Servers)
        {
            Expect(await server.StopAsync() == 0, $"the server at {server.Address} ended in good order");
        }

        narrator.Say("Agents and servers ended in good order. All went as it should.");
    }

    private async Task EnrollAsync(OperatorApi api, CancellationToken cancellationToken)
    {
        narrator.Chapter("They are switched on for the first time");
        string[] lines = await Task.WhenAll(site.Nodes.Select(node => node.StartAsync(cancellationToken)));
        foreach ((Node node, string line) in site.Nodes.Zip(lines))
        {
            narrator.Quote(node.Name, line);
            Expect(line.StartsWith("enrolled and attested", StringComparison.Ordinal), $"{node.Name} was enrolled");
        }

        JsonElement fleet = await api.GetFleetAsync(cancellationToken);
        Expect(fleet.GetProperty("total").GetInt64() == site.Nodes.Count, "the server knows five devices");
        Expect(fleet.GetProperty("attested").GetInt64() == site.Nodes.Count, "all five are attested");
        narrator.Say("Look: the page counts five devices, all attested. Open one to see the certificates that vouch for its TPM.");
    }

    private async Task PowerCycleAsync(OperatorApi api, CancellationToken cancellationToken)
    {
        narrator.Chapter($"{Cycled.Name} is switched off and on");
        uint before = await ReadResetCountAsync(api, Cycled, cancellationToken);
        await Cycled.ShutDownAsync();
        string line = await Cycled.StartAsync(cancellationToken);
        narrator.Quote(Cycled.Name, line);
        Expect(line.StartsWith("attested", StringComparison.Ordinal), "it attested with the key that it had, without enrolling again");

        uint after = await ReadResetCountAsync(api, Cycled, cancellationToken);
        IReadOnlyList<JsonElement> boots = await api.GetBootsAsync(Cycled.Name, cancellationToken);
        Expect(after > before, "its TPM counted the boot");
        Expect(boots.Count == 2, "the server has seen two boots of it");
        narrator.Say($"Its TPM signs its boot counter with each answer: {before} before, {after} now. The server would refuse a counter that goes back.");
        narrator.Say($"Look: {Cycled.Name} on the page has two boots now.");
    }

    private async Task CopyAsync(OperatorApi api, CancellationToken cancellationToken)
    {
        narrator.Chapter($"{Copied.Name} is switched off, and its disk is copied into another machine");
        await Copied.ShutDownAsync();
        string disk = ProcessFolder.CreateFolder("disk");
        foreach (string file in Directory.EnumerateFiles(Copied.Disk))
        {
            File.Copy(file, Path.Combine(disk, Path.GetFileName(file)));
        }

        EmulatedMachine thief = await site.ManufactureAsync("look-alike", cancellationToken);
        await thief.PowerOnAsync(cancellationToken);
        await using AgentProcess agent = AgentProcess.Start(Copied.Name, thief, disk, site.Servers[^1].Address, period: null);
        (int status, string output) = await agent.WaitForEndAsync(cancellationToken);
        foreach (string line in output.Split(Environment.NewLine))
        {
            narrator.Quote("look-alike", line);
        }

        Expect(status == 1, "the copy's agent ended with status 1, refused");
        string?[] checks = [.. (await api.GetRefusalsAsync(Copied.Name, cancellationToken)).Select(refusal => refusal.GetProperty("check").GetString())];
        Expect(checks.Contains("signature.valid"), "the server refused the copy's evidence by signature.valid");
        Expect(checks.Contains("enrollment.node-free"), "the server refused the copy's enrolment by enrollment.node-free");
        JsonElement device = await api.GetDeviceAsync(Copied.Name, cancellationToken);
        Expect(device.GetProperty("state").GetString() == "attested", "the device itself is shown as it was: the copy has signed nothing with its key");
        Expect(device.GetProperty("refusedAttempts").GetProperty("count").GetInt64() == 2, "two refused attempts are shown beside it");
        narrator.Say("The key never left the first TPM: signature.valid refused what the copy signed, and enrollment.node-free to enrol it in the other's place.");
        narrator.Say($"Look: {Copied.Name} on the page has two refused attempts in its name, with both checks, their sentences and where they came from.");
    }

    private async Task CompareServersAsync(CancellationToken cancellationToken)
    {
        foreach (FleetServerProcess server in site.Servers)
        {
            using OperatorApi api = new(server.Address, server.OperatorToken);
            JsonElement fleet = await api.GetFleetAsync(cancellationToken);
            Expect(fleet.GetProperty("total").GetInt64() == site.Nodes.Count, $"the server at {server.Address} knows five devices");
            Expect(fleet.GetProperty("attested").GetInt64() == site.Nodes.Count, $"the server at {server.Address} shows all five as attested");
            Expect(fleet.GetProperty("refused").GetInt64() == 0, $"the server at {server.Address} shows none as refused");
        }

        if (site.Servers.Count > 1)
        {
            narrator.Say("Both servers say the same: nothing is in their memory, all is in the one database.");
        }
    }

    private static async Task<uint> ReadResetCountAsync(OperatorApi api, Node node, CancellationToken cancellationToken) =>
        (await api.GetDeviceAsync(node.Name, cancellationToken)).GetProperty("resetCount").GetUInt32();

    private static void Expect(bool holds, string what)
    {
        if (!holds)
        {
            throw new DemoException($"This was expected, and is not so: {what}.");
        }
    }
}

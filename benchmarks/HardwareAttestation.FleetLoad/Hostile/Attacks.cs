using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HardwareAttestation.FleetLoad.Machines;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.FleetLoad.Hostile;

/// <summary>What a server is sent by those who mean harm. Each attack goes on until the end and tallies what it was answered.</summary>
/// <param name="server">The server.</param>
/// <param name="nodes">Nodes that are enrolled, whose names are no secret.</param>
/// <param name="strangers">Machines with certificates that the server trusts, and that are not enrolled.</param>
internal sealed class Attacks(Uri server, IReadOnlyList<string> nodes, IReadOnlyList<SoftwareMachine> strangers)
{
    private const int Workers = 8;
    private const int SlowConnections = 2000;
    private const int Sources = 500;

    private static readonly string[] Paths = ["/v1/enrollments", "/v1/enrollments/complete", "/v1/challenges", "/v1/evidence"];

    public FrozenDictionary<string, Func<CancellationToken, Task<Tally>>> All => new Dictionary<string, Func<CancellationToken, Task<Tally>>>
    {
        ["malformed"] = MalformedAsync,
        ["huge"] = HugeAsync,
        ["slow"] = SlowAsync,
        ["flood from one source"] = FloodFromOneAsync,
        ["flood from 500 sources"] = FloodFromManyAsync,
    }.ToFrozenDictionary();

    /// <summary>Requests with some bytes changed, cut off or put in, and such as never were any.</summary>
    private Task<Tally> MalformedAsync(CancellationToken end)
    {
        byte[] enrollment = JsonSerializer.SerializeToUtf8Bytes(strangers[0].Tpm.Ask(strangers[0].NodeId), ProtocolJson.EnrollmentRequest);
        byte[][] seeds =
        [
            enrollment,
            Encoding.UTF8.GetBytes($$"""{"nodeId":"{{nodes[0]}}"}"""),
            """{"version":1,"challengeId":"AAAA","proof":"AAAA"}"""u8.ToArray(),
            """{"version":1,"challengeId":"AAAA","attest":"/1RDR4AY","signature":"ABQACw==","pcrValues":[{"bank":"sha256","pcr":0,"digest":"AA=="}]}"""u8.ToArray(),
            Encoding.UTF8.GetBytes(new string('[', 50_000)),
            Encoding.UTF8.GetBytes("{\"nodeId\":\"" + new string('x', 100_000) + "\"}"),
            [.. Enumerable.Repeat((byte)0xFF, 1000)],
            [],
        ];
        return RepeatAsync(end, (worker, random) => new Poster(server, Source(2, worker)), async (poster, random) =>
        {
            byte[] body = Mutate(seeds[random.Next(seeds.Length)], random);
            return await poster.PostAsync(Paths[random.Next(Paths.Length)], body, random.Next(10) == 0 ? "text/plain" : "application/json").ConfigureAwait(false);
        });
    }

    /// <summary>Bodies that are larger than allowed, said to be so or not, and headers without end.</summary>
    private Task<Tally> HugeAsync(CancellationToken end)
    {
        byte[] megabyte = [.. Enumerable.Repeat((byte)'a', 1_000_000)];
        return RepeatAsync(end, (worker, random) => Source(3, worker), async (source, random) =>
        {
            using RawConnection connection = await RawConnection.OpenAsync(server, source).ConfigureAwait(false);
            try
            {
                string start = $"POST {Paths[random.Next(Paths.Length)]} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
                switch (random.Next(3))
                {
                    case 0:
                        await connection.SendAsync(start + "Content-Length: 10000000000\r\n\r\n").ConfigureAwait(false);
                        await connection.SendAsync(megabyte).ConfigureAwait(false);
                        break;
                    case 1:
                        await connection.SendAsync(start + "Transfer-Encoding: chunked\r\n\r\n").ConfigureAwait(false);
                        for (int i = 0; i < 20; i++)
                        {
                            await connection.SendAsync("F4240\r\n").ConfigureAwait(false);
                            await connection.SendAsync(megabyte).ConfigureAwait(false);
                            await connection.SendAsync("\r\n").ConfigureAwait(false);
                        }

                        break;
                    default:
                        await connection.SendAsync(start + "X-A: ").ConfigureAwait(false);
                        await connection.SendAsync(megabyte).ConfigureAwait(false);
                        break;
                }
            }
            catch (SocketException)
            {
                // The server has closed the connection before all was said, and may have said why.
            }

            return await connection.ReadStatusAsync().ConfigureAwait(false);
        });
    }

    /// <summary>Thousands of connections at a time: half of them give a byte of headers each second, half a byte of a body. Tallies what became of those that the server ended.</summary>
    private async Task<Tally> SlowAsync(CancellationToken end)
    {
        Tally tally = new();
        await Task.WhenAll(Enumerable.Range(0, SlowConnections).Select(i => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                try
                {
                    using RawConnection connection = await RawConnection.OpenAsync(server, Source(4, i)).ConfigureAwait(false);
                    await connection.SendAsync(i % 2 == 0
                        ? "POST /v1/challenges HTTP/1.1\r\nHost: x\r\nX-A: "
                        : "POST /v1/challenges HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n").ConfigureAwait(false);
                    Task<string> status = connection.ReadStatusAsync();
                    while (!end.IsCancellationRequested && !status.IsCompleted)
                    {
                        await Task.WhenAny(status, Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None)).ConfigureAwait(false);
                        await connection.SendAsync("a").ConfigureAwait(false);
                    }

                    tally.Add(status.IsCompleted ? await status.ConfigureAwait(false) : "still open at the end");
                }
                catch (SocketException)
                {
                    tally.Add("closed");
                }
            }
        }, CancellationToken.None))).ConfigureAwait(false);
        return tally;
    }

    /// <summary>One address asks for challenges in the names of all enrolled nodes, and answers none.</summary>
    private Task<Tally> FloodFromOneAsync(CancellationToken end) =>
        RepeatAsync(end, (worker, random) => new Poster(server, Source(5, 0)), (poster, random) => AskAsync(poster, random));

    /// <summary>Many addresses ask for challenges in the names of enrolled nodes, and to be enrolled with certificates that are right; none answers a challenge.</summary>
    private Task<Tally> FloodFromManyAsync(CancellationToken end)
    {
        Poster[] posters = [.. Enumerable.Range(0, Sources).Select(i => new Poster(server, Source(6, i)))];
        return RepeatAsync(end, (_, _) => posters, (all, random) => AskAsync(all[random.Next(all.Length)], random), posters);
    }

    private Task<string> AskAsync(Poster poster, Random random) => random.Next(2) == 0
        ? poster.PostAsync("/v1/challenges", Encoding.UTF8.GetBytes($$"""{"nodeId":"{{nodes[random.Next(nodes.Count)]}}"}"""))
        : poster.PostAsync("/v1/enrollments", JsonSerializer.SerializeToUtf8Bytes(
            strangers[random.Next(strangers.Count)].Tpm.Ask("stranger-" + random.Next(1_000_000).ToString(CultureInfo.InvariantCulture)),
            ProtocolJson.EnrollmentRequest));

    private static async Task<Tally> RepeatAsync<T>(
        CancellationToken end, Func<int, Random, T> prepare, Func<T, Random, Task<string>> attack, IEnumerable<IDisposable>? shared = null)
    {
        Tally tally = new();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            Random random = new(worker);
            T prepared = prepare(worker, random);
            while (!end.IsCancellationRequested)
            {
                tally.Add(await attack(prepared, random).ConfigureAwait(false));
            }

            if (shared is null)
            {
                (prepared as IDisposable)?.Dispose();
            }
        }, CancellationToken.None))).ConfigureAwait(false);
        foreach (IDisposable item in shared ?? [])
        {
            item.Dispose();
        }

        return tally;
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        byte[] mutated = [.. bytes];
        int at = random.Next(bytes.Length + 1);
        switch (random.Next(4))
        {
            case 0:
                return mutated[..at];
            case 1:
                return [.. mutated[..at], .. Encoding.UTF8.GetBytes(new string("{[\"\0\\"[random.Next(5)], random.Next(50))), .. mutated[at..]];
            case 2 when at < mutated.Length:
                mutated[at] ^= (byte)(1 << random.Next(8));
                return mutated;
            default:
                return mutated;
        }
    }

    private static IPAddress Source(byte network, int number) => new([127, network, (byte)(number / 250), (byte)(1 + number % 250)]);
}

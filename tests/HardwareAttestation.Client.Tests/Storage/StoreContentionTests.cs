using System.Diagnostics;
using HardwareAttestation.Client.Tests.Keys;

namespace HardwareAttestation.Client.Tests.Storage;

/// <summary>Many who use one folder at once: of those who add a blob, one succeeds, and nobody ever reads half of one.</summary>
public sealed class StoreContentionTests : IDisposable
{
    private const int Rounds = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly TemporaryFolder _folder = new();

    private string KeyFolder => _folder.File("keys");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Of_many_stores_that_add_a_blob_at_once_exactly_one_succeeds()
    {
        const int Contenders = 8;
        using Barrier start = new(Contenders);

        bool[][] won = await Task.WhenAll(Enumerable.Range(0, Contenders)
            .Select(contender => OnThreadOfItsOwn(() => AddAll(contender, () => start.SignalAndWait(Patience)))));

        await HasOneWinnerEachAsync(won);
    }

    /// <summary>The other processes are this assembly's <see cref="Program"/>.</summary>
    [Fact]
    public async Task Of_many_processes_that_add_a_blob_at_once_exactly_one_succeeds()
    {
        const int Contenders = 4;
        List<Process> processes = [];
        try
        {
            for (int contender = 0; contender < Contenders; contender++)
            {
                processes.Add(StartContender(contender));
            }

            foreach (Process process in processes)
            {
                (await process.StandardOutput.ReadLineAsync().WaitAsync(Patience)).Should().Be("ready");
            }

            foreach (Process process in processes)
            {
                await process.StandardInput.WriteLineAsync("go");
                await process.StandardInput.FlushAsync();
            }

            string?[] results = await Task.WhenAll(processes.Select(process => process.StandardOutput.ReadLineAsync())).WaitAsync(Patience);

            await HasOneWinnerEachAsync([.. results.Select(result => result!.Select(letter => letter == '1').ToArray())]);
        }
        finally
        {
            foreach (Process process in processes)
            {
                process.Kill();
                await process.WaitForExitAsync();
                process.Dispose();
            }
        }
    }

    [Fact]
    public async Task A_blob_that_is_replaced_all_the_time_is_always_read_whole()
    {
        const int Writers = 3;
        const int Readers = 3;
        const int Readings = 200;
        byte[][] blobs = [.. Enumerable.Range(0, Writers).Select(filling => TestKeys.Blob((byte)filling, 50 + (filling * 400)).ToArray())];
        await new FileTpmKeyStore(KeyFolder).SaveAsync("ak", TpmKeyBlob.Parse(blobs[0]));
        using Barrier start = new(Writers + Readers);
        int reading = Readers;

        // The writers go on until the last reader is done, so every reading has writers beside it.
        Task[] writers = [.. blobs.Select(blob => OnThreadOfItsOwn(() =>
        {
            FileTpmKeyStore store = new(KeyFolder);
            TpmKeyBlob saved = TpmKeyBlob.Parse(blob);
            start.SignalAndWait(Patience);
            do
            {
                store.SaveAsync("ak", saved).GetAwaiter().GetResult();
                store.TryAddAsync("ak", saved).GetAwaiter().GetResult().Should().BeFalse("there is one at every moment");
            }
            while (Volatile.Read(ref reading) > 0);
        }))];
        Task[] readers = [.. Enumerable.Range(0, Readers).Select(_ => OnThreadOfItsOwn(() =>
        {
            try
            {
                FileTpmKeyStore store = new(KeyFolder);
                start.SignalAndWait(Patience);
                for (int i = 0; i < Readings; i++)
                {
                    byte[] loaded = store.LoadAsync("ak").GetAwaiter().GetResult()!.ToArray();
                    blobs.Should().Contain(blob => blob.SequenceEqual(loaded));
                }
            }
            finally
            {
                Interlocked.Decrement(ref reading);
            }
        }))];

        await Task.WhenAll([.. writers, .. readers]);
        Directory.GetFileSystemEntries(KeyFolder).Should().ContainSingle("nothing temporary stays");
    }

    /// <summary>Adds a blob of each name, and tells which ones it was the first to add.</summary>
    internal static bool[] AddAll(string folder, int contender, Action beforeEach)
    {
        FileTpmKeyStore store = new(folder);
        TpmKeyBlob blob = TestKeys.Blob((byte)contender);
        bool[] won = new bool[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            beforeEach();
            won[round] = store.TryAddAsync(NameOf(round), blob).GetAwaiter().GetResult();
        }

        return won;
    }

    /// <summary>Not on the thread pool, which starts work one after the other when the machine is busy.</summary>
    private static Task<T> OnThreadOfItsOwn<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static Task OnThreadOfItsOwn(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static string NameOf(int round) => $"ak{round}";

    private bool[] AddAll(int contender, Action beforeEach) => AddAll(KeyFolder, contender, beforeEach);

    private Process StartContender(int contender)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "exec", typeof(StoreContentionTests).Assembly.Location, KeyFolder, $"{contender}" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    private async Task HasOneWinnerEachAsync(bool[][] won)
    {
        FileTpmKeyStore store = new(KeyFolder);
        for (int round = 0; round < Rounds; round++)
        {
            int winner = Enumerable.Range(0, won.Length).Should().ContainSingle(contender => won[contender][round], $"round {round} has one winner").Which;
            (await store.LoadAsync(NameOf(round)))!.ToArray().Should().Equal(TestKeys.Blob((byte)winner).ToArray(), "what the winner wrote stays");
        }

        Directory.GetFileSystemEntries(KeyFolder).Should().HaveCount(Rounds, "the losers leave nothing");
    }
}

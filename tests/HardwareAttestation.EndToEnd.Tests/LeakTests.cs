using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Whatever happens to an operation, the TPM holds afterwards what it held before. The TPM itself is asked.</summary>
public sealed class LeakTests
{
    public static TheoryData<string, string> EveryOperation
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach ((string operation, string[] templates) in Workbench.Operations)
            {
                foreach (string template in templates)
                {
                    data.Add(operation, template);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(EveryOperation))]
    public async Task An_operation_that_succeeds_leaves_nothing_behind(string operation, string template)
    {
        await using Workbench bench = await Workbench.CreateAsync(template);

        await bench.RunAsync(operation);

        await bench.HoldsWhatItHeldAsync("it succeeded");
    }

    [Theory]
    [MemberData(nameof(EveryOperation))]
    public async Task An_operation_that_is_cancelled_at_any_command_leaves_nothing_behind(string operation, string template)
    {
        await using Workbench bench = await Workbench.CreateAsync(template);
        int commands = await bench.CountCommandsAsync(operation);
        foreach (Cancellation when in Enum.GetValues<Cancellation>())
        {
            for (int command = 1; command <= commands; command++)
            {
                using CancellationTokenSource source = new();
                bench.CancelAt(command, when, source);
                try
                {
                    await bench.RunAsync(operation, source.Token);
                }
                catch (OperationCanceledException exception)
                {
                    exception.CancellationToken.Should().Be(source.Token);
                }

                bench.Device.Forget();
                await bench.Client.ReadPcrsAsync(TpmlPcrSelection.Parse("sha256:0"));
                await bench.HoldsWhatItHeldAsync($"it was cancelled {when} of command {command} of {commands}");
            }
        }

        await bench.RunAsync(operation);
    }

    /// <summary>Where the flush itself fails, what it should have flushed stays, and nothing else: the client has no other way to get rid of it.</summary>
    [Theory]
    [MemberData(nameof(EveryOperation))]
    public async Task An_operation_of_which_any_command_cannot_be_sent_leaves_nothing_behind(string operation, string template)
    {
        await using Workbench bench = await Workbench.CreateAsync(template);
        int commands = await bench.CountCommandsAsync(operation);
        for (int command = 1; command <= commands; command++)
        {
            bench.FailAt(command);
            Exception? failure = null;
            try
            {
                await bench.RunAsync(operation);
            }
            catch (TpmDeviceException exception)
            {
                failure = exception;
            }

            uint? notFlushed = RawTpm.GetFlushedHandle(bench.Device.Commands[command - 1]);
            bench.Device.Forget();
            (failure is null).Should().Be(notFlushed is not null, "a flush that fails hides no result, and everything else is told");
            if (notFlushed is { } handle)
            {
                (await RawTpm.ListHandlesAsync(bench.Device.Inner)).Should().Contain(handle).And.BeSubsetOf([.. bench.Held, handle]);
                await RawTpm.FlushAsync(bench.Device.Inner, handle);
                await bench.BringKeyBackAsync();
            }

            await bench.HoldsWhatItHeldAsync($"command {command} of {commands} was not sent");

            // Everything goes on; the key finds out here that it is still loaded, which costs its first use after a failure one command more.
            await bench.Key.SignAsync(new byte[1]);
            await bench.RunAsync(operation);
        }
    }

    [Theory]
    [MemberData(nameof(EveryOperation))]
    public async Task An_operation_during_which_the_link_breaks_for_good_says_so_and_logs_what_it_leaves_behind(string operation, string template)
    {
        await using Workbench bench = await Workbench.CreateAsync(template);
        int commands = await bench.CountCommandsAsync(operation);
        for (int command = 1; command <= commands; command++)
        {
            int logged = bench.Warnings.Count;
            bench.BreakLinkAt(command);
            bool failed = false;
            try
            {
                await bench.RunAsync(operation);
            }
            catch (TpmDeviceException exception)
            {
                failed = true;
                exception.Message.Should().Contain("the link broke");
            }

            // Where a flush was the first that was not sent, there may have been nothing left to do but other flushes.
            (failed || RawTpm.GetFlushedHandle(bench.Device.Commands[command - 1]) is not null).Should().BeTrue();
            bench.Device.Forget();
            foreach (uint handle in (await RawTpm.ListHandlesAsync(bench.Device.Inner)).Except(bench.Held))
            {
                bench.Warnings.Skip(logged).Should().Contain(line => line.Contains($"0x{handle:x8}"), $"command {command} of {commands} and all behind it were not sent");
                await RawTpm.FlushAsync(bench.Device.Inner, handle);
            }

            // When the link is there again, the client is as good as before.
            await bench.Key.SignAsync(new byte[1]);
            await bench.HoldsWhatItHeldAsync("nothing else was open");
            await bench.RunAsync(operation);
            await bench.HoldsWhatItHeldAsync("the link is there");
        }
    }

    [Theory]
    [InlineData("L-1")]
    [InlineData("L-2")]
    [InlineData("H-2")]
    public async Task An_operation_that_the_TPM_refuses_leaves_nothing_behind(string template)
    {
        await using Workbench bench = await Workbench.CreateAsync(template);
        TpmKeyBlob blob = bench.Key.Blob;
        byte[] broken = blob.Private.ToArray();
        broken[^1] ^= 1;
        Func<Task>[] refusals =
        [
            () => bench.Key.ActivateCredentialAsync(
                CredentialMaker.MakeCredential(bench.EndorsementKey.Public, bench.EndorsementKey.Name, new byte[32]).CredentialBlob,
                bench.Credential.EncryptedSecret),
            () => bench.Client.LoadAttestationKeyAsync(new TpmKeyBlob(blob.EndorsementTemplate, blob.EndorsementName, blob.Public, broken)),
            () => bench.Client.LoadAttestationKeyAsync(new TpmKeyBlob(blob.EndorsementTemplate, blob.Name, blob.Public, blob.Private.Span)),
            () => bench.Key.QuoteAsync(TpmlPcrSelection.Parse("sha512:0"), new byte[32]),
            () => bench.Client.ReadPcrsAsync(TpmlPcrSelection.Parse("sha512:0")),
            () => bench.Key.SignAsync((byte[])[0xFF, .. "TCG"u8]),
        ];

        foreach (Func<Task> refusal in refusals)
        {
            await refusal.Should().ThrowAsync<HardwareAttestationException>();
            await bench.HoldsWhatItHeldAsync("the TPM refused");
        }
    }

    [Fact]
    public async Task An_operation_that_waits_for_its_turn_is_cancelled_without_a_command()
    {
        await using Workbench bench = await Workbench.CreateAsync("L-1");
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bench.Device.Forget();
        bench.Device.BeforeSending = _ => release.Task;
        Task<TpmtSignature> first = bench.Key.SignAsync(new byte[32]);
        using CancellationTokenSource source = new();
        Task<TpmtSignature> waiting = bench.Key.SignAsync(new byte[32], source.Token);

        await source.CancelAsync();
        Func<Task> ended = () => waiting;
        await ended.Should().ThrowAsync<OperationCanceledException>();
        release.SetResult();
        await first;

        bench.Device.Commands.Should().HaveCount(2, "the first one hashes and signs");
    }

    [Fact]
    public async Task Disposing_the_client_flushes_the_keys_that_are_loaded()
    {
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey one, _) = await machine.CreateRequestAsync();
        AttestationKey two = await machine.Client.LoadAttestationKeyAsync(one.Blob);
        (await RawTpm.ListHandlesAsync(machine.Device.Inner)).Should().HaveCount(2);

        await machine.Client.DisposeAsync();
        (await RawTpm.ListHandlesAsync(machine.Device.Inner)).Should().BeEmpty();

        machine.Device.Forget();
        await machine.Client.DisposeAsync();
        await one.DisposeAsync();
        await two.DisposeAsync();
        machine.Device.Commands.Should().BeEmpty("what is flushed is not flushed again");
        await IsDisposedAsync(() => one.SignAsync(new byte[1]), nameof(AttestationClient));
        await IsDisposedAsync(() => machine.Client.LoadAttestationKeyAsync(one.Blob), nameof(AttestationClient));
        await IsDisposedAsync(() => machine.Client.GetEndorsementKeyAsync(), nameof(AttestationClient));
        await IsDisposedAsync(() => machine.Client.ReadPcrsAsync(TpmlPcrSelection.Parse("sha256:0")), nameof(AttestationClient));
    }

    [Fact]
    public async Task A_key_is_flushed_once_and_of_no_use_afterwards()
    {
        await using Workbench bench = await Workbench.CreateAsync("L-1");
        AttestationKey key = await bench.Client.LoadAttestationKeyAsync(bench.Key.Blob);
        await key.DisposeAsync();

        // The TPM gives the next key the same handle, which the old one must not flush again.
        await using AttestationKey next = await bench.Client.LoadAttestationKeyAsync(bench.Key.Blob);
        bench.Device.Forget();
        await key.DisposeAsync();

        bench.Device.Commands.Should().BeEmpty();
        await IsDisposedAsync(() => key.SignAsync(new byte[1]), nameof(AttestationKey));
        await IsDisposedAsync(() => key.QuoteAsync(TpmlPcrSelection.Parse("sha256:0"), new byte[1]), nameof(AttestationKey));
        await IsDisposedAsync(
            () => key.ActivateCredentialAsync(bench.Credential.CredentialBlob, bench.Credential.EncryptedSecret), nameof(AttestationKey));
        await next.SignAsync(new byte[1]);
    }

    [Fact]
    public async Task Many_callers_share_one_client()
    {
        await using Agent machine = await Agent.StartAsync();
        (AttestationKey key, _) = await machine.CreateRequestAsync();
        TpmlPcrSelection selection = TpmlPcrSelection.Parse("sha256:0,1,2,3,4,5,6,7");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (byte i = 0; i < 10; i++)
            {
                byte[] data = [(byte)caller, i];
                TpmtSignature signature = await key.SignAsync(data);
                EvidenceVerifier.VerifySignature(key.Public, data, signature.Encode()).ShouldBeVerified();

                TpmQuote quote = await key.QuoteAsync(selection, data);
                QuoteExpectation expectation = new() { AttestationKey = key.Public, Nonce = data, PcrSelection = selection };
                EvidenceVerifier.VerifyQuote(expectation, quote.Attest.Span, quote.Signature.Encode(), quote.PcrValues).Verdict.ShouldBeVerified();
            }
        })));

        await key.DisposeAsync();
        (await RawTpm.ListHandlesAsync(machine.Device.Inner)).Should().BeEmpty();
    }

    private static async Task IsDisposedAsync(Func<Task> use, string name) =>
        (await use.Should().ThrowAsync<ObjectDisposedException>()).Which.ObjectName.Should().EndWith(name);
}

using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>When, with regard to a command, an operation is cancelled.</summary>
internal enum Cancellation
{
    /// <summary>Before the command reaches the TPM.</summary>
    Before,

    /// <summary>When the TPM has answered; the caller learns of the cancellation before the operation goes on.</summary>
    After,

    /// <summary>When the TPM has answered; the caller learns of it when the operation may have ended already.</summary>
    AfterAndLate,
}

/// <summary>A TPM with a loaded key, and every operation of the client to run on it, with things going wrong at a chosen command.</summary>
internal sealed class Workbench : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TpmHandle CertificateIndex = new(0x01C00002);
    private static readonly TpmlPcrSelection Pcrs = TpmlPcrSelection.Parse("sha256:0,1,2,3,4,5,6,7,8,9,10");

    private readonly Agent _agent;

    private Workbench(Agent agent, EndorsementKey endorsementKey, AttestationKey key, IReadOnlyList<uint> held)
    {
        _agent = agent;
        EndorsementKey = endorsementKey;
        Key = key;
        Credential = CredentialMaker.MakeCredential(endorsementKey.Public, key.Name, new byte[32]);
        Held = held;
    }

    public static string[] Operations { get; } = ["find", "find all", "create", "load", "activate", "sign", "sign long data", "quote", "get time", "certify NV", "read PCRs"];

    public WatchedDevice Device => _agent.Device;

    public AttestationClient Client => _agent.Client;

    public EndorsementKey EndorsementKey { get; }

    /// <summary>An attestation key that stays loaded.</summary>
    public AttestationKey Key { get; }

    /// <summary>A credential for <see cref="Key"/>.</summary>
    public Credential Credential { get; }

    /// <summary>The handles that the TPM holds between operations.</summary>
    public IReadOnlyList<uint> Held { get; }

    public static async Task<Workbench> CreateAsync(string template)
    {
        Agent agent = await Agent.StartAsync();
        try
        {
            EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.Parse(template));
            AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey);
            IReadOnlyList<uint> held = await RawTpm.ListHandlesAsync(agent.Device.Inner);
            held.Should().ContainSingle("one key is loaded");
            return new Workbench(agent, endorsementKey, key, held);
        }
        catch
        {
            await agent.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs an operation and disposes of what it gives.</summary>
    public async Task RunAsync(string operation, CancellationToken cancellationToken = default)
    {
        switch (operation)
        {
            case "find":
                await Client.GetEndorsementKeyAsync(EndorsementKey.Template, cancellationToken);
                break;
            case "find all":
                await Client.GetEndorsementKeysAsync(cancellationToken);
                break;
            case "create":
                await (await Client.CreateAttestationKeyAsync(EndorsementKey, TpmKeyAlgorithm.P256, cancellationToken)).DisposeAsync();
                break;
            case "load":
                await (await Client.LoadAttestationKeyAsync(Key.Blob, cancellationToken)).DisposeAsync();
                break;
            case "activate":
                await Key.ActivateCredentialAsync(Credential.CredentialBlob, Credential.EncryptedSecret, cancellationToken);
                break;
            case "sign":
                await Key.SignAsync(new byte[32], cancellationToken);
                break;
            case "sign long data":
                await Key.SignAsync(new byte[3000], cancellationToken);
                break;
            case "get time":
                await Key.GetTimeAsync(new byte[32], cancellationToken);
                break;
            case "certify NV":
                await Key.CertifyNVAsync(CertificateIndex, new byte[32], 64, 0, cancellationToken);
                break;
            case "quote":
                await Key.QuoteAsync(Pcrs, new byte[32], cancellationToken);
                break;
            case "read PCRs":
                await Client.ReadPcrsAsync(Pcrs, cancellationToken);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation), operation, "There is no such operation.");
        }
    }

    /// <summary>How many commands an operation sends, when nothing has to be asked that was asked before.</summary>
    public async Task<int> CountCommandsAsync(string operation)
    {
        await RunAsync(operation);
        Device.Forget();
        await RunAsync(operation);
        return Device.Commands.Count;
    }

    public void CancelAt(int command, Cancellation when, CancellationTokenSource source)
    {
        Device.Forget();
        if (when == Cancellation.Before)
        {
            Device.BeforeSending = async number =>
            {
                if (number == command)
                {
                    await source.CancelAsync().ConfigureAwait(false);
                }
            };
            return;
        }

        Device.AfterAnswer = number =>
        {
            if (number == command)
            {
                Cancel(source, when == Cancellation.AfterAndLate);
            }
        };
    }

    public void FailAt(int command)
    {
        Device.Forget();
        Device.BeforeSending = number => number == command
            ? Task.FromException(new TpmDeviceException(Device.Name, $"command {number} fails for the test."))
            : Task.CompletedTask;
    }

    /// <summary>Asserts that the TPM holds the same handles as at first, as soon as the client has cleaned up.</summary>
    public async Task HoldsWhatItHeldAsync(string because)
    {
        using CancellationTokenSource patience = new(Patience);
        IReadOnlyList<uint> now = await RawTpm.ListHandlesAsync(Device.Inner);
        while (!now.SequenceEqual(Held) && !patience.IsCancellationRequested)
        {
            await Task.Yield();
            now = await RawTpm.ListHandlesAsync(Device.Inner);
        }

        now.Should().Equal(Held, because);
    }

    public async ValueTask DisposeAsync() => await _agent.DisposeAsync();

    // Continuations do not run inside Cancel where a synchronisation context is current, as on the thread of a user interface.
    private static void Cancel(CancellationTokenSource source, bool late)
    {
        SynchronizationContext? current = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(late ? new ForeignContext() : null);
        try
        {
            source.Cancel();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(current);
        }
    }

    private sealed class ForeignContext : SynchronizationContext;
}

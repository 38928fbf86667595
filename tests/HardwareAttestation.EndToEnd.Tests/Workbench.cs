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
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TpmHandle CertificateIndex = new(0x01C00002);
    private static readonly TpmlPcrSelection Pcrs = TpmlPcrSelection.Parse("sha256:0,1,2,3,4,5,6,7,8,9,10");

    private static readonly TpmHandle PersistentHandle = new(0x81008F00);
    private static readonly TpmKeyOptions WithValue = new() { AuthValue = "the key's value"u8.ToArray() };
    private static readonly TpmKeyOptions UnderStorageRootKey = new() { Parent = TpmKeyParent.StorageRootKey };

    private readonly Agent _agent;

    // Of keys that are loaded where they are needed: a TPM has slots for three.
    private TpmKeyBlob? _keyWithValue;
    private TpmKeyBlob? _keyUnderStorageRootKey;
    private TpmKeyBlob? _applicationKey;

    private Workbench(Agent agent, EndorsementKey endorsementKey, AttestationKey key, IReadOnlyList<uint> held)
    {
        _agent = agent;
        EndorsementKey = endorsementKey;
        Key = key;
        Credential = CredentialMaker.MakeCredential(endorsementKey.Public, key.Name, new byte[32]);
        Held = held;
    }

    /// <summary>Every operation, with the endorsement keys that it is run with.</summary>
    public static IReadOnlyDictionary<string, string[]> Operations { get; } = new Dictionary<string, string[]>
    {
        // L-1 is persistent and needs a policy session, L-2 is created and needs one, H-2 is created and needs none. Where there are two parents, one must be persistent: else
        // the slots do not suffice, and the key that stays loaded does not.
        ["find"] = ["L-1", "L-2", "H-2"],
        ["find all"] = ["L-1"],
        ["create"] = ["L-1", "L-2", "H-2"],
        ["create with a value"] = ["L-2"],
        ["create under the storage root key"] = ["L-1"],
        ["create an application key"] = ["L-2"],
        ["load"] = ["L-1", "L-2", "H-2"],
        ["activate"] = ["L-1", "L-2", "H-2"],
        ["sign"] = ["L-1"],
        ["sign long data"] = ["L-1"],
        ["quote"] = ["L-1"],
        ["get time"] = ["L-1"],
        ["certify NV"] = ["L-1"],
        ["read PCRs"] = ["L-1"],
        ["use a key with a value"] = ["L-2", "H-2"],
        ["use a key under the storage root key"] = ["L-1"],
        ["use an application key"] = ["L-2"],
        ["persist and evict"] = ["L-1"],
    };

    public WatchedDevice Device => _agent.Device;

    public AttestationClient Client => _agent.Client;

    /// <summary>What the client has logged as worth a warning.</summary>
    public IReadOnlyCollection<string> Warnings => _agent.Warnings.Lines;

    public EndorsementKey EndorsementKey { get; }

    /// <summary>An attestation key that stays loaded.</summary>
    public AttestationKey Key { get; private set; }

    /// <summary>A credential for <see cref="Key"/>.</summary>
    public Credential Credential { get; }

    /// <summary>The handles that the TPM holds between operations.</summary>
    public IReadOnlyList<uint> Held { get; private set; }

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
                await (await Client.CreateAttestationKeyAsync(EndorsementKey, cancellationToken: cancellationToken)).DisposeAsync();
                break;
            case "create with a value":
                await CreateAndDisposeAsync(WithValue, cancellationToken);
                break;
            case "create under the storage root key":
                await CreateAndDisposeAsync(UnderStorageRootKey, cancellationToken);
                break;
            case "create an application key":
                await (await Client.CreateApplicationKeyAsync(EndorsementKey, cancellationToken: cancellationToken)).DisposeAsync();
                break;
            case "use a key with a value":
                _keyWithValue ??= await CreateAndDisposeAsync(WithValue, cancellationToken);
                await using (AttestationKey key = await Client.LoadAttestationKeyAsync(_keyWithValue, WithValue.AuthValue, cancellationToken))
                {
                    await key.SignAsync(new byte[32], cancellationToken);
                }

                break;
            case "use a key under the storage root key":
                _keyUnderStorageRootKey ??= await CreateAndDisposeAsync(UnderStorageRootKey, cancellationToken);
                await using (AttestationKey key = await Client.LoadAttestationKeyAsync(_keyUnderStorageRootKey, cancellationToken))
                {
                    await key.SignAsync(new byte[32], cancellationToken);
                }

                break;
            case "use an application key":
                await UseApplicationKeyAsync(cancellationToken);
                break;
            case "persist and evict":
                await using (AttestationKey key = await Client.LoadAttestationKeyAsync(Key.Blob, cancellationToken))
                {
                    await Client.EvictKeyAsync(await key.PersistAsync(PersistentHandle, cancellationToken), cancellationToken);
                }

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
                await Key.CertifyNVAsync(CertificateIndex, new byte[32], 0, 64, cancellationToken);
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

    /// <summary>From a command on, none reaches the TPM any more.</summary>
    public void BreakLinkAt(int command)
    {
        Device.Forget();
        Device.BeforeSending = number => number >= command
            ? Task.FromException(new TpmDeviceException(Device.Name, $"the link broke before command {command} for the test."))
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

    /// <summary>Where something filled a slot, <see cref="Key"/> may have left its own to another key, and comes back to another handle.</summary>
    public async Task BringKeyBackAsync()
    {
        await Key.SignAsync(new byte[1]);
        Held = await RawTpm.ListHandlesAsync(Device.Inner);
        Held.Should().ContainSingle("one key is loaded").Which.Should().Match(handle => new TpmHandle(handle).IsTransient);
    }

    /// <summary>Has a new client in the place of the old one, which may believe anything by now, and everything in the TPM flushed that neither knows.</summary>
    public async Task BeginAnewAsync()
    {
        TpmKeyBlob blob = Key.Blob;
        Device.Forget();
        await _agent.RestartClientAsync();
        foreach (uint handle in await RawTpm.ListHandlesAsync(Device.Inner))
        {
            await RawTpm.FlushAsync(Device.Inner, handle);
        }

        Key = await Client.LoadAttestationKeyAsync(blob);
        Held = await RawTpm.ListHandlesAsync(Device.Inner);
    }

    public async ValueTask DisposeAsync() => await _agent.DisposeAsync();

    private async Task<TpmKeyBlob> CreateAndDisposeAsync(TpmKeyOptions options, CancellationToken cancellationToken)
    {
        await using AttestationKey key = await Client.CreateAttestationKeyAsync(EndorsementKey, options, cancellationToken);
        return key.Blob;
    }

    private async Task UseApplicationKeyAsync(CancellationToken cancellationToken)
    {
        if (_applicationKey is null)
        {
            await using ApplicationKey created = await Client.CreateApplicationKeyAsync(EndorsementKey, cancellationToken: cancellationToken);
            _applicationKey = created.Blob;
        }

        await using ApplicationKey key = await Client.LoadApplicationKeyAsync(_applicationKey, cancellationToken);
        await Key.CertifyAsync(key, new byte[32], cancellationToken);
        await key.SignAsync(new byte[32], cancellationToken);
    }

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

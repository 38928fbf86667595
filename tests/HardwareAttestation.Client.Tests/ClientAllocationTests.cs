using System.Security.Cryptography;
using FluentAssertions.Execution;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Emulation;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client.Tests;

/// <summary>Runs alone, because it measures what the whole process allocates.</summary>
[CollectionDefinition(nameof(ClientAllocationTests), DisableParallelization = true)]
[Collection(nameof(ClientAllocationTests))]
public sealed class ClientAllocationTests
{
    private const int Operations = 20;
    private const int Rounds = 20;

    // The compiler makes objects of state machines in a debug build.
#if DEBUG
    private const int DebugFactor = 2;
#else
    private const int DebugFactor = 1;
#endif

    private static readonly byte[] Data = new byte[96];
    private static readonly byte[] Nonce = new byte[32];
    private static readonly TpmlPcrSelection Selection = TpmlPcrSelection.Parse("sha256:0,1,2,3,4,5,6,7");

    [Fact]
    public async Task A_signature_and_a_quote_leave_at_most_a_kilobyte_of_garbage()
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);
        await using AttestationKey key = await client.CreateAttestationKeyAsync(await client.GetEndorsementKeyAsync());

        long sign = await Task.Run(() => MeasureAsync(() => key.SignAsync(Data)));
        long quote = await Task.Run(() => MeasureAsync(() => key.QuoteAsync(Selection, Nonce)));

        sign.Should().BeLessThanOrEqualTo(1024 * DebugFactor);
        quote.Should().BeLessThanOrEqualTo(1024 * DebugFactor);
    }

    [Fact]
    public async Task What_is_done_with_the_endorsement_key_leaves_at_most_four_kilobytes_of_garbage()
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);
        EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync();
        await using AttestationKey key = await client.CreateAttestationKeyAsync(endorsementKey);
        byte[] secret = [1, 2, 3];
        (TpmsIdObject blob, byte[] encrypted) = MakeCredential(endorsementKey.Public, key.Name, secret);

        long load = await Task.Run(() => MeasureAsync(async () => await (await client.LoadAttestationKeyAsync(key.Blob)).DisposeAsync()));
        long activate = await Task.Run(() => MeasureAsync(() => key.ActivateCredentialAsync(blob, encrypted)));
        long create = await Task.Run(() => MeasureAsync(async () => await (await client.CreateAttestationKeyAsync(endorsementKey)).DisposeAsync()));

        using AssertionScope scope = new();
        load.Should().BeLessThanOrEqualTo(4096 * DebugFactor);
        activate.Should().BeLessThanOrEqualTo(4096 * DebugFactor);
        create.Should().BeLessThanOrEqualTo(4096 * DebugFactor);
    }

    [Fact]
    public async Task A_small_command_leaves_at_most_half_a_kilobyte_of_garbage()
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);
        await using AttestationKey key = await client.CreateAttestationKeyAsync(await client.GetEndorsementKeyAsync());
        TpmKeyBlob kept = await key.PersistAsync(new TpmHandle(0x81000123));

        long random = await Task.Run(() => MeasureAsync(() => client.GetRandomAsync(32)));
        long readPublic = await Task.Run(() => MeasureAsync(() => client.LoadAttestationKeyAsync(kept)));

        random.Should().BeLessThanOrEqualTo(512 * DebugFactor);

        // TPM2_ReadPublic at the handle, and the key object that comes of it.
        readPublic.Should().BeLessThanOrEqualTo(512 * DebugFactor);
    }

    // TPM 2.0 Library, Part 1, section 24: what a verifier does, whose package this project does not know.
    private static (TpmsIdObject Blob, byte[] EncryptedSecret) MakeCredential(TpmtPublic endorsementKey, TpmName name, byte[] secret)
    {
        byte[] seed = SecretSharing.MakeSeed(endorsementKey, SecretSharing.IdentityLabel, out byte[] encryptedSecret);
        byte[] cipherKey = new byte[16];
        byte[] hmacKey = new byte[32];
        KeyDerivation.KdfA(TpmAlgId.Sha256, seed, "STORAGE", name.Bytes.Span, cipherKey);
        KeyDerivation.KdfA(TpmAlgId.Sha256, seed, "INTEGRITY", [], hmacKey);
        byte[] identity = [0, (byte)secret.Length, .. secret];
        CfbCipher.Encrypt(cipherKey, new byte[16], identity);
        byte[] integrity = HMACSHA256.HashData(hmacKey, (byte[])[.. identity, .. name.Bytes.Span]);
        return (new TpmsIdObject(integrity, identity), encryptedSecret);
    }

    // The least of many rounds: the test host allocates now and then, too, and code that was not compiled for the last time yet makes more.
    private static async Task<long> MeasureAsync(Func<Task> operation)
    {
        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < Operations; i++)
            {
                await operation();
            }

            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / Operations);
        }

        return least;
    }
}

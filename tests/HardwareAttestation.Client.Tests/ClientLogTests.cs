using System.Buffers.Binary;
using System.Security.Cryptography;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Client.Tests;

public sealed class ClientLogTests
{
    private const uint RsaEndorsementKeyHandle = 0x81010001;

    [Fact]
    public async Task What_a_client_does_is_logged()
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        RecordingLogger<AttestationClient> logger = new();
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device, logger: logger);

        EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync();
        await using AttestationKey key = await client.CreateAttestationKeyAsync(endorsementKey);
        await key.QuoteAsync(TpmlPcrSelection.Parse("sha256:0,7"), new byte[16]);

        logger.Lines.Select(line => line.Text).Should().Equal(
            $"Endorsement key L-1 of TPM device {device.Name} has its certificate in NV index 0x01c00002 ({endorsementKey.Certificate.Length} bytes)",
            $"Endorsement key L-1 of TPM device {device.Name} is at persistent handle 0x81010001",
            $"Attestation key {key.Name} (p256) was created by TPM device {device.Name}",
            $"Attestation key {key.Name} quoted sha256:0,7 in TPM device {device.Name}");
        logger.Lines.Where(line => line.Level > LogLevel.Debug).Select(line => line.Id).Should().Equal(5);
    }

    [Fact]
    public async Task The_secret_of_a_credential_is_in_no_log_line_and_no_exception()
    {
        await using EmulatedMachine machine = await SharedMachines.CreateMachineAsync();
        RecordingLogger<AttestationClient> logger = new();
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        TpmKeyBlob blob = await CreateKeyAsync(machine, logger);
        CredentialChallenge right = await MakeChallengeAsync(machine, secret, blob.Name);
        CredentialChallenge ofAnotherKey = await MakeChallengeAsync(machine, secret, new TpmName([0x00, 0x0B, .. new byte[32]]));

        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device, logger: logger);
        await using AttestationKey key = await client.LoadAttestationKeyAsync(blob);
        CredentialResponse response = await key.RespondAsync(right, "node");
        TpmCommandException refusal = (await key.Invoking(k => k.RespondAsync(ofAnotherKey, "node")).Should().ThrowAsync<TpmCommandException>()).Which;

        response.Proof.ToArray().Should().Equal(CredentialResponse.ComputeProof(right.ChallengeId, "node", secret));
        logger.Lines.Should().Contain(line => line.Id == 7 && line.Text == $"A credential was activated with attestation key {key.Name} by TPM device {device.Name}");
        string[] said = [.. logger.Lines.Select(line => $"{line.Text} {line.Exception}"), refusal.ToString(), $"{response}"];
        foreach (string text in said)
        {
            text.Should().NotContainEquivalentOf(Convert.ToHexString(secret))
                .And.NotContainEquivalentOf(Convert.ToHexString(secret, 0, 8))
                .And.NotContain(Convert.ToBase64String(secret))
                .And.NotContain(Convert.ToBase64String(secret, 0, 9))
                .And.NotContainEquivalentOf(BitConverter.ToString(secret, 0, 8))
                .And.NotContain(string.Join(", ", secret.Take(4)));
        }
    }

    private static async Task<TpmKeyBlob> CreateKeyAsync(EmulatedMachine machine, ILogger<AttestationClient> logger)
    {
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device, logger: logger);
        await using AttestationKey key = await client.CreateAttestationKeyAsync(await client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L1));
        return key.Blob;
    }

    // TPM2_MakeCredential (TPM 2.0 Library, Part 3, section 12.6) by the TPM itself, with the public part of its endorsement key.
    private static async Task<CredentialChallenge> MakeChallengeAsync(EmulatedMachine machine, byte[] secret, TpmName name)
    {
        byte[] buffer = new byte[256];
        byte[] response = await machine.SendCommandAsync(buffer.AsMemory(0, WriteMakeCredential(buffer, secret, name)));
        BinaryPrimitives.ReadUInt32BigEndian(response.AsSpan(6)).Should().Be(0, "that is TPM_RC_SUCCESS");
        int credentialSize = sizeof(ushort) + BinaryPrimitives.ReadUInt16BigEndian(response.AsSpan(10));
        return new CredentialChallenge
        {
            ChallengeId = "challenge",
            CredentialBlob = response.AsMemory(10, credentialSize),
            EncryptedSecret = response.AsMemory(10 + credentialSize),
            ExpiresAt = DateTimeOffset.MaxValue,
        };
    }

    private static int WriteMakeCredential(byte[] buffer, byte[] secret, TpmName name)
    {
        TpmWriter writer = new(buffer);
        writer.WriteUInt16((ushort)TpmSt.NoSessions);
        writer.WriteUInt32(0);
        writer.WriteUInt32(0x00000168);
        writer.WriteHandle(new TpmHandle(RsaEndorsementKeyHandle));
        writer.WriteSized(secret);
        writer.WriteSized(name.Bytes.Span);
        writer.OverwriteUInt32(2, (uint)writer.Position);
        return writer.Position;
    }
}

using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Emulation;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

public sealed class ProtocolTests
{
    public static TheoryData<string, string> EveryKindOfKey
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (string template in (string[])["L-1", "L-2", "H-1", "H-2", "H-3", "H-6"])
            {
                foreach (AttestationKeyAlgorithm algorithm in AttestationKeyAlgorithm.All)
                {
                    data.Add(template, algorithm.Name);
                }
            }

            return data;
        }
    }

    [Theory]
    [InlineData(EmulatedTransport.UnixSocket)]
    [InlineData(EmulatedTransport.Tcp)]
    public async Task A_machine_is_enrolled_and_attests_itself_at_every_boot(EmulatedTransport transport)
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync();
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync(transport, ofItsOwn: true);
        AttestationKeyBlob blob;
        await using (ITpmDevice device = TpmDevice.Open(machine.DeviceString))
        {
            await using AttestationClient client = new(device);
            blob = await TestFleet.EnrollAsync(verifier, client);
        }

        uint lastReset = 0;
        for (int boot = 0; boot < 3; boot++)
        {
            await machine.RebootAsync();
            await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
            await using AttestationClient client = new(device);
            AttestationResult result = await TestFleet.AttestAsync(verifier, client, AttestationKeyBlob.Parse(blob.ToArray()));

            result.Verdict.Status.Should().Be(VerdictStatus.Verified, result.Verdict.ToString());
            result.Device!.NodeId.Should().Be(TestFleet.Node);
            result.PcrValues.Should().HaveCount(8);
            result.Attested!.ClockInfo.ResetCount.Should().BeGreaterThan(lastReset);
            lastReset = result.Attested.ClockInfo.ResetCount;
        }
    }

    [Theory]
    [MemberData(nameof(EveryKindOfKey))]
    public async Task Every_attestation_key_under_every_endorsement_key_is_enrolled_and_attests(string template, string algorithm)
    {
        // Only L-1 and H-3 have certificates in an emulated machine; the others are activated all the same.
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);
        if (await KeySizes.AreRefusedAsync(device, () => CreateKeyAsync(client, template, algorithm), template, algorithm))
        {
            return;
        }

        (EndorsementKey endorsementKey, AttestationKey key) = await CreateKeyAsync(client, template, algorithm);
        await using AttestationKey owned = key;
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        Credential credential = CredentialMaker.MakeCredential(endorsementKey.Public, key.Name, secret);

        byte[] activated = await key.ActivateCredentialAsync(credential.CredentialBlob, credential.EncryptedSecret);
        TpmQuote quote = await key.QuoteAsync(TpmlPcrSelection.Parse("sha1:0+sha256:0,1,2,3,4,5,6,7,8,9,10,23"), secret);
        QuoteExpectation expectation = new()
        {
            AttestationKey = key.Public,
            Nonce = secret,
            PcrSelection = TpmlPcrSelection.Parse("sha1:0+sha256:0,1,2,3,4,5,6,7,8,9,10,23"),
        };
        QuoteResult result = EvidenceVerifier.VerifyQuote(expectation, quote.Attest.Span, quote.Signature.ToArray(), quote.PcrValues);

        activated.Should().Equal(secret);
        result.Verdict.Status.Should().Be(VerdictStatus.Verified, result.Verdict.ToString());
        result.PcrValues.Should().HaveCount(13);
    }

    [Fact]
    public async Task A_signature_over_the_challenge_is_enough_where_no_quote_is_asked_for()
    {
        AttestationVerifier verifier = await TestFleet.CreateVerifierAsync(options => options.PcrSelection = null);
        await using TestMachine machine = await SharedMachines.CreateTestMachineAsync();
        await using ITpmDevice device = TpmDevice.Open(machine.DeviceString);
        await using AttestationClient client = new(device);
        AttestationKeyBlob blob = await TestFleet.EnrollAsync(verifier, client);

        AttestationResult result = await TestFleet.AttestAsync(verifier, client, blob);

        result.Verdict.Status.Should().Be(VerdictStatus.Verified, result.Verdict.ToString());
        result.PcrValues.Should().BeEmpty();
        result.Device!.LastVerifiedAt.Should().NotBeNull();
    }

    private static async Task<(EndorsementKey EndorsementKey, AttestationKey Key)> CreateKeyAsync(AttestationClient client, string template, string algorithm)
    {
        EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync(EndorsementKeyTemplate.Parse(template));
        return (endorsementKey, await client.CreateAttestationKeyAsync(endorsementKey, AttestationKeyAlgorithm.Parse(algorithm)));
    }
}

using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Keys of applications, which an attestation key certifies.</summary>
public sealed class ApplicationKeyTests
{
    private static readonly byte[] Nonce = "a nonce"u8.ToArray();
    private static readonly byte[] Said = "what the application says"u8.ToArray();
    private static readonly byte[] Value = "some value"u8.ToArray();

    public static TheoryData<TpmKeyParent, bool, bool> EveryPairOfKeys
    {
        get
        {
            TheoryData<TpmKeyParent, bool, bool> data = [];
            foreach (TpmKeyParent parent in Enum.GetValues<TpmKeyParent>())
            {
                foreach (bool attestationHasValue in (bool[])[false, true])
                {
                    data.Add(parent, attestationHasValue, false);
                    data.Add(parent, attestationHasValue, true);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(EveryPairOfKeys))]
    public async Task An_applications_key_is_certified_and_signs(TpmKeyParent parent, bool attestationHasValue, bool applicationHasValue)
    {
        await using Agent agent = await Agent.StartAsync();

        // L-2 is not persistent: with both keys loaded, it takes the last slot when it is needed.
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L2);
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(
            endorsementKey, new TpmKeyOptions { AuthValue = attestationHasValue ? Value : default });
        TpmKeyOptions options = new() { Parent = parent, AuthValue = applicationHasValue ? Value : default };
        ApplicationKey created = await agent.Client.CreateApplicationKeyAsync(endorsementKey, options);
        await created.DisposeAsync();
        await using ApplicationKey application = await agent.Client.LoadApplicationKeyAsync(
            TpmKeyBlob.Parse(created.Blob.ToArray()), options.AuthValue);

        TpmAttestation certified = await key.CertifyAsync(application, Nonce);
        TpmtSignature signature = await application.SignAsync(Said);
        TpmtSignature ofDigest = await application.SignDigestAsync(SHA256.HashData(Said));

        CertifyExpectation expectation = new() { AttestationKey = key.Public, Nonce = Nonce, Usage = ApplicationKeyUsage.Sign };
        CertifyResult result = EvidenceVerifier.VerifyCertify(
            expectation, application.Public.EncodeSized(), certified.Attest.Span, certified.Signature.Encode());
        result.Verdict.ShouldBeVerified();
        result.Key.Should().Be(application.Public);
        IsValid(result.Key!, signature).Should().BeTrue();
        IsValid(result.Key!, ofDigest).Should().BeTrue();
        EvidenceVerifier.VerifyApplicationSignature(key.Public, Said, signature.Encode()).ShouldBeRefusedBy("certified.restricted", "signature.valid");
        agent.Device.Commands.Should().NotContain(command => Holds(command, Value), "a value never crosses the bus in the clear");
        await application.DisposeAsync();
        await key.DisposeAsync();
        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("p384")]
    [InlineData("rsa2048")]
    [InlineData("rsa2048-pss")]
    [InlineData("rsa3072")]
    public async Task Every_kind_of_key_can_be_an_applications(string algorithm)
    {
        await using Agent agent = await Agent.StartAsync();
        (AttestationKey key, _) = await agent.CreateRequestAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        TpmKeyOptions options = new() { Algorithm = TpmKeyAlgorithm.Parse(algorithm) };
        if (await KeySizes.AreRefusedAsync(agent.Device.Inner, () => agent.Client.CreateApplicationKeyAsync(endorsementKey, options), algorithm))
        {
            return;
        }

        await using ApplicationKey application = await agent.Client.CreateApplicationKeyAsync(endorsementKey, options);
        TpmAttestation certified = await key.CertifyAsync(application, Nonce);

        CertifyExpectation expectation = new() { AttestationKey = key.Public, Nonce = Nonce, Usage = ApplicationKeyUsage.Sign };
        EvidenceVerifier.VerifyCertify(expectation, application.Public.EncodeSized(), certified.Attest.Span, certified.Signature.Encode())
            .Verdict.ShouldBeVerified();
        (await application.SignAsync(new byte[5000])).Should().NotBeNull();
    }

    [Fact]
    public async Task A_persistent_application_key_is_there_after_a_reboot()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        ApplicationKey created = await agent.Client.CreateApplicationKeyAsync(endorsementKey);
        TpmKeyBlob blob = await created.PersistAsync(new TpmHandle(0x81008F00));

        await agent.RebootAsync();
        await using ApplicationKey application = await agent.Client.LoadApplicationKeyAsync(blob);

        agent.Device.Commands.Should().ContainSingle("the key is at its handle: it is looked at, and not loaded");
        IsValid(application.Public, await application.SignAsync(Said)).Should().BeTrue();
        (await agent.Client.EvictKeyAsync(blob)).PersistentHandle.Should().BeNull();
    }

    [Fact]
    public async Task What_a_stream_gives_is_signed_from_where_it_stands()
    {
        await using Agent agent = await Agent.StartAsync();
        await using ApplicationKey application = await agent.Client.CreateApplicationKeyAsync(await agent.Client.GetEndorsementKeyAsync());
        byte[] head = new byte[100_000];
        using MemoryStream data = new([.. head, .. Said]);
        data.Position = head.Length;

        IsValid(application.Public, await application.SignAsync(data)).Should().BeTrue();

        data.CanRead.Should().BeTrue("it stays open");
        data.Close();
        Func<Task> closed = () => application.SignAsync(data);
        (await closed.Should().ThrowAsync<ArgumentException>()).WithMessage("*cannot be read*");
    }

    [Fact]
    public async Task Keys_are_not_taken_for_what_they_are_not()
    {
        await using Agent agent = await Agent.StartAsync();
        await using AttestationClient other = new(agent.Device);
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey);
        await using ApplicationKey application = await other.CreateApplicationKeyAsync(endorsementKey);
        Func<Task> attestationAsApplication = () => agent.Client.LoadApplicationKeyAsync(key.Blob);
        Func<Task> applicationAsAttestation = () => agent.Client.LoadAttestationKeyAsync(application.Blob);
        Func<Task> foreign = () => key.CertifyAsync(application, Nonce);
        Func<Task> shortDigest = () => application.SignDigestAsync(new byte[20]);

        (await attestationAsApplication.Should().ThrowAsync<TpmKeyException>()).WithMessage("*LoadAttestationKeyAsync*").Which.Fault.Should().Be(TpmKeyFault.WrongKind);
        (await applicationAsAttestation.Should().ThrowAsync<TpmKeyException>()).WithMessage("*LoadApplicationKeyAsync*").Which.Fault.Should().Be(TpmKeyFault.WrongKind);
        agent.Client.LoadApplicationKeyAsync(key.Blob).IsFaulted.Should().BeTrue("only misuse is thrown before there is a task");
        agent.Client.LoadAttestationKeyAsync(application.Blob).IsFaulted.Should().BeTrue();
        (await foreign.Should().ThrowAsync<ArgumentException>()).WithMessage("*another client*");
        (await shortDigest.Should().ThrowAsync<ArgumentException>()).WithMessage("*32 bytes, and 20*");
    }

    private static bool Holds(byte[] command, byte[] secret) => command.AsSpan().IndexOf(secret) >= 0;

    private static bool IsValid(TpmtPublic key, TpmtSignature signature) =>
        EvidenceVerifier.VerifyApplicationSignature(key, Said, signature.Encode()).IsVerified
        && !EvidenceVerifier.VerifyApplicationSignature(key, [.. Said, 0], signature.Encode()).IsVerified;
}

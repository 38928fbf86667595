using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Several clients on one TPM, each with the TPM to itself as far as it can see.</summary>
public sealed class ResourceManagerTests
{
    private const int KeysEach = 5;
    private static readonly byte[] Value = "some value"u8.ToArray();

    [Fact]
    public async Task Two_clients_with_more_keys_than_slots_work_at_the_same_time()
    {
        await using Agent agent = await Agent.StartAsync();
        ResourceManager manager = new(agent.Device.Inner);

        await Task.WhenAll(
            Task.Run(() => WorkAsync(manager, EndorsementKeyTemplate.L1, TpmKeyParent.EndorsementKey)),
            Task.Run(() => WorkAsync(manager, EndorsementKeyTemplate.H2, TpmKeyParent.StorageRootKey)));

        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty("each client has flushed what it had");
    }

    [Fact]
    public async Task A_client_does_not_see_the_handles_of_another()
    {
        await using Agent agent = await Agent.StartAsync();
        ResourceManager manager = new(agent.Device.Inner);
        await using ITpmDevice mine = manager.Connect();
        await using ITpmDevice others = manager.Connect();
        TpmHandle handle = await RawTpm.CreatePrimaryAsync(mine, TpmHandle.Owner, EndorsementKeyTemplate.H2.PublicArea, []);

        await RawTpm.ReadPublicAsync(mine, handle);
        Func<Task> peek = () => RawTpm.ReadPublicAsync(others, handle);

        (await peek.Should().ThrowAsync<TpmCommandException>()).Which.ResponseCode.Error.Should().Be(TpmRc.Handle);
    }

    private static async Task WorkAsync(ResourceManager manager, EndorsementKeyTemplate template, TpmKeyParent parent)
    {
        await using WatchedDevice device = new(manager.Connect());
        await using AttestationClient client = new(device);
        EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync(template);
        List<AttestationKey> keys = [];
        for (int i = 0; i < KeysEach; i++)
        {
            TpmKeyOptions options = new() { Parent = parent, AuthValue = i % 2 == 0 ? Value : default };
            keys.Add(await client.CreateAttestationKeyAsync(endorsementKey, options));
        }

        device.Forget();
        await using ApplicationKey application = await client.CreateApplicationKeyAsync(endorsementKey);
        foreach (AttestationKey key in keys.Concat(keys))
        {
            await UseAsync(key, endorsementKey, application);
        }

        Count(device, TpmCommandCode.Load).Should().Be(1, "it is the application's key: none has left a slot that the client would have to count");
        foreach (AttestationKey key in keys)
        {
            await key.DisposeAsync();
        }
    }

    private static async Task UseAsync(AttestationKey key, EndorsementKey endorsementKey, ApplicationKey application)
    {
        byte[] data = new byte[3000];
        data[0] = 1;
        byte[] signature = (await key.SignAsync(data)).Encode();
        EvidenceVerifier.VerifySignature(key.Public, data, signature).ShouldBeVerified();

        TpmlPcrSelection selection = TpmlPcrSelection.Parse("sha256:0,1,2,3,4,5,6,7,8,9");
        TpmQuote quote = await key.QuoteAsync(selection, Value);
        QuoteExpectation expectation = new() { AttestationKey = key.Public, Nonce = Value, PcrSelection = selection };
        EvidenceVerifier.VerifyQuote(expectation, quote.Attest.Span, quote.Signature.Encode(), quote.PcrValues).Verdict.ShouldBeVerified();

        Credential credential = CredentialMaker.MakeCredential(endorsementKey.Public, key.Name, new byte[32]);
        (await key.ActivateCredentialAsync(credential.CredentialBlob, credential.EncryptedSecret)).Should().Equal(new byte[32]);

        TpmAttestation certified = await key.CertifyAsync(application, Value);
        CertifyExpectation certification = new() { AttestationKey = key.Public, Nonce = Value, Usage = ApplicationKeyUsage.Sign };
        EvidenceVerifier.VerifyCertify(certification, application.Public.EncodeSized(), certified.Attest.Span, certified.Signature.Encode())
            .Verdict.ShouldBeVerified();
    }

    private static int Count(WatchedDevice device, TpmCommandCode code) => device.Commands.Count(command => RawTpm.GetCode(command) == code);
}

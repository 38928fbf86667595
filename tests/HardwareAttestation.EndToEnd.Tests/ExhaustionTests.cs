using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>TPMs that are locked because somebody guessed authorisation values, or whose memory somebody else has filled.</summary>
public sealed class ExhaustionTests
{
    private static readonly byte[] Value = "some value"u8.ToArray();
    private static readonly byte[] Data = "data"u8.ToArray();

    [Fact]
    public async Task A_TPM_that_is_locked_attests_all_the_same()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L1);
        AttestationKey created = await agent.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { AuthValue = Value });
        await created.DisposeAsync();
        await LockAsync(agent);

        await using AttestationKey key = await agent.Client.LoadAttestationKeyAsync(created.Blob, Value);
        Credential credential = CredentialMaker.MakeCredential(endorsementKey.Public, key.Name, new byte[32]);
        TpmlPcrSelection selection = TpmlPcrSelection.Parse("sha256:0");

        await SignsAsync(key);
        TpmQuote quote = await key.QuoteAsync(selection, Data);
        QuoteExpectation expectation = new() { AttestationKey = key.Public, Nonce = Data, PcrSelection = selection };
        EvidenceVerifier.VerifyQuote(expectation, quote.Attest.Span, quote.Signature.Encode(), quote.PcrValues).Verdict.ShouldBeVerified();
        (await key.ActivateCredentialAsync(credential.CredentialBlob, credential.EncryptedSecret)).Should().Equal(new byte[32]);
        await using AttestationKey another = await agent.Client.CreateAttestationKeyAsync(endorsementKey);
        await SignsAsync(another);
    }

    [Fact]
    public async Task What_a_locked_TPM_refuses_is_refused_with_advice()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        await LockAsync(agent);

        Func<Task> create = () => agent.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { Parent = TpmKeyParent.StorageRootKey });

        TpmCommandException refusal = (await create.Should().ThrowAsync<TpmCommandException>()).Which;
        refusal.ResponseCode.Error.Should().Be(TpmRc.Lockout);
        TpmLockout lockout = (await agent.Client.GetTpmInfoAsync()).Lockout;
        lockout.Should().BeEquivalentTo(new { IsActive = true, FailedTries = 1, MaximumTries = 1 });
        lockout.RecoveryTime.Should().BePositive();
        refusal.Message.Should().Contain("TPM_RC_LOCKOUT").And.Contain("wait for its recovery time").And.Contain("lockout authorisation");
        (await RawTpm.ListHandlesAsync(agent.Device.Inner)).Should().BeEmpty();
    }

    /// <summary>Such a key is used with its value, and is not exempt from the lockout.</summary>
    [Fact]
    public async Task An_endorsement_key_of_the_high_range_is_used_by_its_policy_where_the_TPM_is_locked()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.H3);
        await LockAsync(agent);
        Func<Task> create = () => agent.Client.CreateAttestationKeyAsync(endorsementKey);

        (await create.Should().ThrowAsync<TpmCommandException>()).Which.ResponseCode.Error.Should().Be(TpmRc.Lockout);
        await create.Should().ThrowAsync<TpmCommandException>().WithMessage("*UseEndorsementKeyPolicy*");
        await agent.StopAsync();
        agent.AuthValues = new TpmAuthValues { UseEndorsementKeyPolicy = true };
        agent.Start();
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey);

        await SignsAsync(key);
    }

    [Fact]
    public async Task Session_slots_that_somebody_else_fills_are_said_to_be_somebody_elses()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        await FillAsync(() => RawTpm.StartSessionAsync(agent.Device.Inner), TpmRc.SessionMemory);

        TpmCommandException refusal = await RefusalAsync(() => agent.Client.CreateAttestationKeyAsync(endorsementKey));

        refusal.ResponseCode.Error.Should().Be(TpmRc.SessionMemory);
        refusal.Message.Should().Contain("This client holds 0 objects and 0 sessions").And.Contain("/dev/tpmrm0");
    }

    [Fact]
    public async Task Session_handles_that_somebody_else_has_taken_are_said_to_be_somebody_elses()
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        await FillAsync(
            async () => await RawTpm.SaveContextAsync(agent.Device.Inner, await RawTpm.StartSessionAsync(agent.Device.Inner)), TpmRc.SessionHandles);

        TpmCommandException refusal = await RefusalAsync(() => agent.Client.CreateAttestationKeyAsync(endorsementKey));

        refusal.ResponseCode.Error.Should().Be(TpmRc.SessionHandles);
        refusal.Message.Should().Contain("This client holds 0 objects and 0 sessions").And.Contain("flush the sessions");
    }

    private static async Task<TpmCommandException> RefusalAsync(Func<Task> operation) =>
        (await operation.Should().ThrowAsync<TpmCommandException>()).Which;

    private static async Task FillAsync(Func<Task> take, TpmRc full)
    {
        const int MoreThanThereIs = 300;
        Func<Task> fill = async () =>
        {
            for (int i = 0; i < MoreThanThereIs; i++)
            {
                await take();
            }
        };
        (await fill.Should().ThrowAsync<TpmCommandException>()).Which.ResponseCode.Error.Should().Be(full);
    }

    /// <summary>
    /// Puts a storage root key in its place that counts wrong guesses of its value, has the client guess wrong as often as the TPM allows, which is once, and has it
    /// begin anew.
    /// </summary>
    private static async Task LockAsync(Agent agent)
    {
        const TpmaObject CountsGuesses = TpmaObject.FixedTpm | TpmaObject.FixedParent | TpmaObject.SensitiveDataOrigin | TpmaObject.UserWithAuth
            | TpmaObject.Restricted | TpmaObject.Decrypt;
        TpmtPublic template = new(
            TpmAlgId.Sha256,
            CountsGuesses,
            [],
            new TpmsEccParms(TpmtSymDef.Aes128Cfb, TpmtScheme.Null, TpmEccCurve.NistP256, TpmtScheme.Null),
            new TpmsEccPoint(new byte[32], new byte[32]));
        TpmHandle handle = await RawTpm.CreatePrimaryAsync(agent.Device.Inner, TpmHandle.Owner, template, Value);
        await RawTpm.EvictControlAsync(agent.Device.Inner, handle, new TpmHandle(0x81000001));
        await RawTpm.FlushAsync(agent.Device.Inner, handle.Value);
        await RawTpm.SetFailuresAllowedAsync(agent.Device.Inner, 1);
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync();
        Func<Task> guess = () => agent.Client.CreateAttestationKeyAsync(endorsementKey, new TpmKeyOptions { Parent = TpmKeyParent.StorageRootKey });
        (await guess.Should().ThrowAsync<TpmCommandException>()).Which.ResponseCode.Error.Should().Be(TpmRc.AuthFail);
    }

    private static async Task SignsAsync(AttestationKey key)
    {
        byte[] signature = (await key.SignAsync(Data)).Encode();
        EvidenceVerifier.VerifySignature(key.Public, Data, signature).ShouldBeVerified();
    }
}

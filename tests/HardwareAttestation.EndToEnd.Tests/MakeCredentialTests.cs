using System.Security.Cryptography;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier;
using HardwareAttestation.Wire;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>Credentials that the verifier makes without a TPM, opened by a TPM (TPM2_ActivateCredential), for every kind of endorsement key.</summary>
public sealed class MakeCredentialTests
{
    [Theory]
    [InlineData("L-1", "RSA 2048")]
    [InlineData("H-6", "RSA 3072")]
    [InlineData("L-2", "NistP256")]
    [InlineData("H-3", "NistP384")]
    [InlineData("H-4", "NistP521")]
    public async Task A_credential_made_in_software_is_opened_by_the_TPM_for_each_endorsement_key(string id, string kind)
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKeyTemplate template = EndorsementKeyTemplate.Parse(id);
        if (await KeySizes.AreRefusedAsync(agent.Device.Inner, () => PersistAsync(agent, template), id))
        {
            return;
        }

        await PersistAsync(agent, template);
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(template);
        KindOf(endorsementKey.Public).Should().Be(kind);
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey);
        TpmHash.TryGetDigestSize(endorsementKey.Public.NameAlg, out int longest);
        foreach (int size in new[] { 1, 16, 31, longest })
        {
            byte[] secret = RandomNumberGenerator.GetBytes(size);

            Credential credential = CredentialMaker.MakeCredential(endorsementKey.Public, key.Public.ComputeName(), secret);

            (await key.ActivateCredentialAsync(credential.CredentialBlob, credential.EncryptedSecret)).Should().Equal(secret);
        }

        Credential forAnother = CredentialMaker.MakeCredential(endorsementKey.Public, endorsementKey.Name, new byte[16]);
        (await key.Invoking(opener => opener.ActivateCredentialAsync(forAnother.CredentialBlob, forAnother.EncryptedSecret))
            .Should().ThrowAsync<TpmCommandException>()).Which.ResponseCode.Error.Should().Be(TpmRc.Integrity);
    }

    // What an attacker between server and machine could do to a challenge.
    [Theory]
    [InlineData("L-1")]
    [InlineData("L-2")]
    public async Task A_credential_of_which_any_byte_was_changed_is_not_opened(string id)
    {
        await using Agent agent = await Agent.StartAsync();
        EndorsementKey endorsementKey = await agent.Client.GetEndorsementKeyAsync(EndorsementKeyTemplate.Parse(id));
        await using AttestationKey key = await agent.Client.CreateAttestationKeyAsync(endorsementKey);
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        Credential right = CredentialMaker.MakeCredential(endorsementKey.Public, key.Public.ComputeName(), secret);
        byte[] blob = right.CredentialBlob.Encode();
        byte[] encryptedSecret = right.EncryptedSecret.ToArray();
        for (int position = 0; position < blob.Length + encryptedSecret.Length; position++)
        {
            bool isBlob = position < blob.Length;
            byte[] changedBlob = isBlob ? Flip(blob, position) : blob;
            byte[] changedSecret = isBlob ? encryptedSecret : Flip(encryptedSecret, position - blob.Length);

            (await IsOpenedAsync(key, changedBlob, changedSecret)).Should().BeFalse($"byte {position} was changed");
        }

        (await key.ActivateCredentialAsync(right.CredentialBlob, encryptedSecret)).Should().Equal(secret);
    }

    private static async Task<bool> IsOpenedAsync(AttestationKey key, byte[] blob, byte[] encryptedSecret)
    {
        try
        {
            await key.ActivateCredentialAsync(TpmWire.Parse<TpmsIdObject>(blob), encryptedSecret);
            return true;
        }
        catch (TpmFormatException)
        {
            return false;
        }
        catch (TpmCommandException refusal) when (refusal.Command == TpmCommandCode.ActivateCredential)
        {
            return false;
        }
    }

    private static byte[] Flip(byte[] bytes, int position)
    {
        byte[] changed = [.. bytes];
        changed[position] ^= (byte)(1 << (position % 8));
        return changed;
    }

    private static string KindOf(TpmtPublic key) => key.Parameters switch
    {
        TpmsRsaParms rsa => $"RSA {rsa.KeyBits}",
        TpmsEccParms ecc => $"{ecc.CurveId}",
        _ => $"{key.Type}",
    };

    // Making an RSA key takes long, and it would be made for each use. The machine's manufacturer left two keys.
    private static async Task PersistAsync(Agent agent, EndorsementKeyTemplate template)
    {
        if (template == EndorsementKeyTemplate.H6)
        {
            await RawTpm.PersistAsync(agent.Device.Inner, TpmHandle.Endorsement, template.PublicArea, template.PersistentHandles[0]);
        }
        else
        {
            await agent.Client.GetEndorsementKeyAsync(template);
        }
    }
}

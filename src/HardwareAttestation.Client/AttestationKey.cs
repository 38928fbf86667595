using System.Security.Cryptography;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client;

/// <summary>
/// An attestation key that is loaded in the TPM: a restricted signing key that never leaves it. Disposing flushes it from the TPM; the key itself
/// lives on in its <see cref="Blob"/>.
/// </summary>
/// <remarks>
/// Safe to share between threads. After it or its client was disposed, each method that asks the TPM answers <see cref="ObjectDisposedException"/>.
/// Disposing twice is harmless.
/// </remarks>
public sealed class AttestationKey : IAsyncDisposable
{
    // What every TPM takes in one TPM2_Hash (TPM_PT_INPUT_BUFFER).
    private const int MaximumSignedSize = 1024;
    private const int QuoteAttempts = 4;
    private readonly AttestationClient _client;
    private readonly TransientKey _loaded;
    private bool _disposed;

    internal AttestationKey(AttestationClient client, TransientKey loaded, AttestationKeyBlob blob)
    {
        _client = client;
        _loaded = loaded;
        Blob = blob;
    }

    /// <summary>What to keep on disk, to have the key after a reboot.</summary>
    public AttestationKeyBlob Blob { get; }

    /// <summary>The public area.</summary>
    public TpmtPublic Public => Blob.Public;

    /// <summary>The Name, computed from <see cref="Public"/>.</summary>
    public TpmName Name => Blob.Name;

    private TpmAlgId SchemeHash => Public.Scheme.HashAlg;

    /// <summary>First step of enrolment: says which machine this is.</summary>
    /// <param name="nodeId">The node that the machine is to be enrolled as.</param>
    /// <param name="endorsementKey">The endorsement key that is this key's parent.</param>
    /// <returns>The message for the server.</returns>
    /// <exception cref="ArgumentException"><paramref name="endorsementKey"/> is not this key's parent.</exception>
    public EnrollmentRequest CreateEnrollmentRequest(string nodeId, EndorsementKey endorsementKey)
    {
        ArgumentException.ThrowIfNullOrEmpty(nodeId);
        ArgumentNullException.ThrowIfNull(endorsementKey);
        if (!endorsementKey.Name.Equals(Blob.ParentName))
        {
            throw new ArgumentException("The attestation key was created under another endorsement key.", nameof(endorsementKey));
        }

        return new EnrollmentRequest
        {
            NodeId = nodeId,
            EndorsementCertificate = endorsementKey.Certificate,
            EndorsementCertificateChain = endorsementKey.CertificateChain,
            EndorsementPublic = endorsementKey.Public.ToSizedArray(),
            AttestationPublic = Public.ToSizedArray(),
        };
    }

    /// <summary>Third step of enrolment: opens the server's challenge with TPM2_ActivateCredential, and proves it.</summary>
    /// <param name="challenge">The challenge.</param>
    /// <param name="nodeId">The node that the machine asked to be enrolled as.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The message for the server.</returns>
    /// <exception cref="NotSupportedException">The challenge is of another version of the protocol.</exception>
    /// <exception cref="TpmFormatException">The challenge's structures are malformed.</exception>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused: the challenge is not for this key of this TPM.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="AttestationKeyException">
    /// The TPM no longer has the endorsement key that is this key's parent; or the device failed meanwhile and no longer holds this key: load it again
    /// from its <see cref="Blob"/>.
    /// </exception>
    public async Task<CredentialResponse> RespondAsync(CredentialChallenge challenge, string nodeId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(challenge);
        ArgumentException.ThrowIfNullOrEmpty(nodeId);
        ProtocolVersion.ThrowIfUnknown(challenge.Version);
        TpmsIdObject credentialBlob = TpmWire.ParseSized<TpmsIdObject>(challenge.CredentialBlob.Span);
        byte[] encryptedSecret = ReadEncryptedSecret(challenge.EncryptedSecret.Span);
        byte[] secret = await ActivateCredentialAsync(credentialBlob, encryptedSecret, cancellationToken).ConfigureAwait(false);
        try
        {
            return new CredentialResponse
            {
                ChallengeId = challenge.ChallengeId,
                Proof = CredentialResponse.ComputeProof(challenge.ChallengeId, nodeId, secret),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Answers a boot challenge, with a quote or a signature as it asks.</summary>
    /// <param name="challenge">The challenge.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The message for the server.</returns>
    /// <exception cref="NotSupportedException">The challenge is of another version of the protocol.</exception>
    /// <exception cref="ArgumentException">The challenge is larger than a TPM can take.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached, or lacks PCRs that were asked for.</exception>
    /// <exception cref="AttestationKeyException">The device failed meanwhile and no longer holds the key: load it again from its <see cref="Blob"/>.</exception>
    public async Task<AttestationEvidence> RespondAsync(AttestationChallenge challenge, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(challenge);
        ProtocolVersion.ThrowIfUnknown(challenge.Version);
        if (challenge.PcrSelection is not { } selection)
        {
            if (challenge.ChallengeId.Length > MaximumSignedSize || challenge.NodeId.Length > MaximumSignedSize || challenge.Nonce.Length > MaximumSignedSize)
            {
                throw new ArgumentException("The challenge is larger than a TPM can take.", nameof(challenge));
            }

            TpmtSignature signature = await SignAsync(challenge.GetSignedBytes(), cancellationToken).ConfigureAwait(false);
            return new AttestationEvidence { ChallengeId = challenge.ChallengeId, Signature = signature.ToArray() };
        }

        TpmQuote quote = await QuoteAsync(selection, challenge.Nonce, cancellationToken).ConfigureAwait(false);
        return new AttestationEvidence
        {
            ChallengeId = challenge.ChallengeId,
            Attest = quote.Attest,
            Signature = quote.Signature.ToArray(),
            PcrValues = quote.PcrValues,
        };
    }

    /// <summary>Opens a credential (TPM2_ActivateCredential), which only the TPM with both this key and its endorsement key can.</summary>
    /// <param name="credentialBlob">The credential.</param>
    /// <param name="encryptedSecret">The content of TPM2B_ENCRYPTED_SECRET, without its size.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The secret. Whoever asks for it is to clear it.</returns>
    /// <exception cref="EndorsementKeyException">The numbers of the endorsement key that the TPM gives are not those of a key.</exception>
    /// <exception cref="TpmCommandException">The TPM refused: the credential is not for this key of this TPM.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="AttestationKeyException">
    /// The TPM no longer has the endorsement key that is this key's parent; or the device failed meanwhile and no longer holds this key: load it again
    /// from its <see cref="Blob"/>.
    /// </exception>
    public Task<byte[]> ActivateCredentialAsync(
        TpmsIdObject credentialBlob, ReadOnlyMemory<byte> encryptedSecret, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(credentialBlob);
        return RunAsync(
            async (channel, cancel) =>
            {
                UsableKey endorsementKey = await _client.UseParentAsync(Blob, cancel).ConfigureAwait(false);
                return await SaltedSession.RunAsync(
                    channel,
                    endorsementKey,
                    async session =>
                    {
                        await session.AuthorizeAsync(cancel).ConfigureAwait(false);
                        byte[] secret = await channel.ExecuteAsync<ActivateCredentialCommand, byte[]>(
                            new(new TpmEntity(_loaded.Handle, Name), endorsementKey.Entity, credentialBlob, encryptedSecret),
                            PasswordAuthorization.Empty,
                            session,
                            cancel).ConfigureAwait(false);
                        ClientLog.CredentialActivated(_client.Logger, Name, channel.DeviceName);
                        return secret;
                    },
                    cancel).ConfigureAwait(false);
            },
            cancellationToken);
    }

    /// <summary>Signs data by the key's scheme (TPM2_Hash, TPM2_Sign).</summary>
    /// <param name="data">
    /// What to sign, at most 1024 bytes. The TPM refuses data that begins with TPM_GENERATED_VALUE, so that nobody can have an attestation signed that
    /// the TPM did not make.
    /// </param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The signature.</returns>
    /// <exception cref="ArgumentException">The data is too long.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached.</exception>
    /// <exception cref="AttestationKeyException">The device failed meanwhile and no longer holds the key: load it again from its <see cref="Blob"/>.</exception>
    public Task<TpmtSignature> SignAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        if (data.Length > MaximumSignedSize)
        {
            throw new ArgumentException($"At most {MaximumSignedSize} bytes can be signed, and {data.Length} were given.", nameof(data));
        }

        return RunAsync(
            async (channel, cancel) =>
            {
                HashResponse hash = await channel.ExecuteAsync<HashCommand, HashResponse>(
                    new(data, SchemeHash, TpmHandle.Endorsement), cancel).ConfigureAwait(false);
                return await channel.ExecuteAsync<SignCommand, TpmtSignature>(
                    new(_loaded.Handle, hash.OutHash, hash.Validation), PasswordAuthorization.Empty, cancel).ConfigureAwait(false);
            },
            cancellationToken);
    }

    /// <summary>Quotes PCRs (TPM2_Quote) and gives the values that the quote is about: if a PCR changes meanwhile, both are taken again.</summary>
    /// <param name="selection">The PCRs.</param>
    /// <param name="qualifyingData">A nonce of whoever verifies, at most 64 bytes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The quote.</returns>
    /// <exception cref="ArgumentException">The qualifying data is too long.</exception>
    /// <exception cref="TpmCommandException">The TPM refused.</exception>
    /// <exception cref="TpmDeviceException">The TPM could not be reached, lacks PCRs that were asked for, or its PCRs do not stand still.</exception>
    /// <exception cref="AttestationKeyException">The device failed meanwhile and no longer holds the key: load it again from its <see cref="Blob"/>.</exception>
    public Task<TpmQuote> QuoteAsync(
        TpmlPcrSelection selection, ReadOnlyMemory<byte> qualifyingData, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        if (qualifyingData.Length > TpmHash.MaximumDigestSize)
        {
            throw new ArgumentException(
                $"The qualifying data has at most {TpmHash.MaximumDigestSize} bytes, and {qualifyingData.Length} were given.", nameof(qualifyingData));
        }

        return RunAsync((channel, cancel) => QuoteAsync(channel, selection, qualifyingData, cancel), cancellationToken);
    }

    /// <summary>Flushes the key from the TPM, after whatever the client is doing.</summary>
    /// <returns>A task that ends when the key is flushed.</returns>
    public ValueTask DisposeAsync() => _client.UnloadAsync(this);

    /// <summary>Flushes the key. The caller holds the client's gate.</summary>
    internal async Task FlushAsync(TpmChannel channel)
    {
        if (!_disposed)
        {
            _disposed = true;
            await _loaded.FlushAsync(channel, _client.Logger).ConfigureAwait(false);
        }
    }

    private static byte[] ReadEncryptedSecret(ReadOnlySpan<byte> bytes)
    {
        TpmReader reader = new(bytes);
        byte[] secret = reader.ReadSized("TPM2B_ENCRYPTED_SECRET", TpmuPublicId.MaximumModulusSize).ToArray();
        reader.ExpectEnd("TPM2B_ENCRYPTED_SECRET");
        return secret;
    }

    private async Task<TpmQuote> QuoteAsync(
        TpmChannel channel, TpmlPcrSelection selection, ReadOnlyMemory<byte> qualifyingData, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < QuoteAttempts; attempt++)
        {
            IReadOnlyList<PcrValue> values = await PcrReader.ReadAsync(channel, selection, cancellationToken).ConfigureAwait(false);
            QuoteResponse response = await channel.ExecuteAsync<QuoteCommand, QuoteResponse>(
                new(_loaded.Handle, qualifyingData, selection), PasswordAuthorization.Empty, cancellationToken).ConfigureAwait(false);
            TpmQuote quote = new(response.Quoted, response.Attested, response.Signature, values);
            byte[] digest = PcrValue.ComputeDigest(values, SchemeHash);
            if (quote.Attested.Attested is TpmsQuoteInfo info && info.PcrDigest.Span.SequenceEqual(digest))
            {
                ClientLog.Quoted(_client.Logger, Name, selection, channel.DeviceName);
                return quote;
            }
        }

        throw new TpmDeviceException(
            channel.DeviceName,
            $"the PCRs {selection} changed each of {QuoteAttempts} times between being read and being quoted: ask for PCRs that stand still.");
    }

    private Task<T> RunAsync<T>(Func<TpmChannel, CancellationToken, Task<T>> operation, CancellationToken cancellationToken) =>
        _client.RunAsync(
            async (channel, cancel) =>
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                if (!await _loaded.IsLoadedAsync(channel, cancel).ConfigureAwait(false))
                {
                    throw new AttestationKeyException(
                        $"TPM device {channel.DeviceName} failed after the attestation key was loaded, and no longer holds it: load it again from its blob.");
                }

                return await operation(channel, cancel).ConfigureAwait(false);
            },
            cancellationToken);
}

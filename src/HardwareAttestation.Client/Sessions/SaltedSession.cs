using System.Security.Cryptography;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Sessions;

/// <summary>
/// A session whose key comes from a salt that only the TPM with a certain key can open (TPM 2.0 Library, Part 1, section 19.6). It encrypts the first parameter
/// of each command and of each response, and verifies the HMAC of each response: somebody on the TPM's bus learns no secret and changes nothing unnoticed.
/// </summary>
/// <remarks>It stays open after a command, also a failed one, and is flushed when it is disposed. What it authorises has an empty authorisation value.</remarks>
internal sealed class SaltedSession : TpmAuthorization, IAsyncDisposable
{
    // TPMA_SESSION (Part 2, section 8.4): decrypt is the command's first parameter, encrypt the response's.
    private const byte Decrypt = 0x20;
    private const byte Encrypt = 0x40;
    private const byte Attributes = ContinueSession | Decrypt | Encrypt;
    private const int BlockSize = 16;

    private readonly TpmChannel _channel;
    private readonly TpmHandle _handle;
    private readonly TpmAlgId _hash;
    private readonly int _cipherKeySize;
    private readonly TpmtPublic? _policyKey;
    private readonly byte[] _sessionKey;
    private byte[] _nonceCaller;
    private byte[] _nonceTpm;

    private SaltedSession(
        TpmChannel channel, TpmHandle handle, TpmtPublic? policyKey, TpmAlgId hash, int cipherKeySize, byte[] sessionKey, byte[] nonceCaller, byte[] nonceTpm)
    {
        _channel = channel;
        _handle = handle;
        _policyKey = policyKey;
        _hash = hash;
        _cipherKeySize = cipherKeySize;
        _sessionKey = sessionKey;
        _nonceCaller = nonceCaller;
        _nonceTpm = nonceTpm;
    }

    /// <summary>Runs an operation in a session that is salted to an endorsement key, and disposes of both.</summary>
    /// <exception cref="EndorsementKeyException">The key cannot open a salt: its numbers are not those of a key.</exception>
    public static async Task<T> RunAsync<T>(
        TpmChannel channel,
        UsableKey key,
        Func<SaltedSession, Task<T>> operation,
        CancellationToken cancellationToken)
    {
        await using (key.ConfigureAwait(false))
        {
            SaltedSession session = await StartAsync(channel, key, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                return await operation(session).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Opens a session that is salted to an endorsement key, with that key's hash and cipher, and authorises commands with it: by its empty authorisation value
    /// where the key may be used with that, as those of the high range, or else by its policy. The key itself says which, as templates may deviate.
    /// </summary>
    /// <exception cref="EndorsementKeyException">The key cannot open a salt: its numbers are not those of a key.</exception>
    private static async Task<SaltedSession> StartAsync(
        TpmChannel channel, UsableKey key, CancellationToken cancellationToken)
    {
        TpmtPublic? policyKey = EndorsementKeyPolicy.IsUsedWithAuthorizationValue(key.Public) ? null : key.Public;
        TpmAlgId hash = key.Public.NameAlg;
        TpmHash.TryGetDigestSize(hash, out int digestSize);
        if (PublicKeys.FindFault(key.Public) is { } fault)
        {
            throw new EndorsementKeyException($"TPM device {channel.DeviceName} gives an endorsement key that is none: {fault}");
        }

        byte[] salt = SecretSharing.MakeSeed(key.Public, SecretSharing.SecretLabel, out byte[] encryptedSalt);
        try
        {
            byte[] nonceCaller = RandomNumberGenerator.GetBytes(digestSize);
            StartAuthSessionResponse started = await channel.ExecuteAsync<StartAuthSessionCommand, StartAuthSessionResponse>(
                new(key.Handle, nonceCaller, encryptedSalt, policyKey is null ? TpmSe.Hmac : TpmSe.Policy, key.Public.Symmetric, hash), cancellationToken).ConfigureAwait(false);
            byte[] sessionKey = new byte[digestSize];
            KeyDerivation.KdfA(hash, salt, "ATH", [.. started.NonceTpm, .. nonceCaller], sessionKey);
            return new SaltedSession(
                channel, started.SessionHandle, policyKey, hash, key.Public.Symmetric.KeyBits / 8, sessionKey, nonceCaller, started.NonceTpm);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(salt);
        }
    }

    /// <summary>
    /// Satisfies the policy for one command, which uses it up, where there is a policy: PolicySecret(TPM_RH_ENDORSEMENT), and PolicyOR for the keys that have
    /// it as one branch of two.
    /// </summary>
    public async ValueTask AuthorizeAsync(CancellationToken cancellationToken)
    {
        if (_policyKey is null)
        {
            return;
        }

        await _channel.ExecuteAsync<PolicySecretCommand, NoResponse>(
            new(TpmHandle.Endorsement, _handle), PasswordAuthorization.Empty, cancellationToken).ConfigureAwait(false);
        if (EndorsementKeyPolicy.HasPolicyB(_policyKey))
        {
            await _channel.ExecuteAsync<PolicyOrCommand, NoResponse>(
                new(_handle, EndorsementPolicies.A(_hash), EndorsementPolicies.C(_hash)), cancellationToken).ConfigureAwait(false);
        }
    }

    public override void BeginCommand(Span<byte> parameters)
    {
        _nonceCaller = RandomNumberGenerator.GetBytes(_nonceCaller.Length);
        Crypt(FirstParameter(parameters), _nonceCaller, _nonceTpm, encrypt: true);
    }

    public override void WriteCommandArea(scoped in AuthorizedCommand command, ref TpmWriter writer)
    {
        Span<byte> code = stackalloc byte[sizeof(uint)];
        TpmWriter codeWriter = new(code);
        codeWriter.WriteUInt32((uint)command.Code);
        byte[] cpHash = Hash(code, command.Names, command.Parameters);
        WriteArea(_handle, _nonceCaller, Attributes, Hmac(cpHash, _nonceCaller, _nonceTpm, Attributes), ref writer);
    }

    public override void ReadResponseArea(scoped in AuthorizedResponse response, ref TpmReader reader)
    {
        byte[] nonceTpm = reader.ReadSized("TPMS_AUTH_RESPONSE.nonceTPM", TpmHash.MaximumDigestSize).ToArray();
        byte attributes = reader.ReadByte("TPMS_AUTH_RESPONSE.sessionAttributes");
        ReadOnlySpan<byte> hmac = reader.ReadSized("TPMS_AUTH_RESPONSE.hmac", TpmHash.MaximumDigestSize);

        // The response code of a success, and the command's.
        Span<byte> codes = stackalloc byte[2 * sizeof(uint)];
        TpmWriter codesWriter = new(codes);
        codesWriter.WriteUInt32((uint)TpmRc.Success);
        codesWriter.WriteUInt32((uint)response.Code);
        byte[] rpHash = Hash(codes, [], response.Parameters);
        if (!CryptographicOperations.FixedTimeEquals(hmac, Hmac(rpHash, nonceTpm, _nonceCaller, attributes)))
        {
            throw new TpmFormatException(
                "its HMAC is wrong: the response is not the TPM's own. Something between this program and the TPM changes what passes.");
        }

        if (attributes != Attributes)
        {
            throw new TpmFormatException($"TPMS_AUTH_RESPONSE.sessionAttributes is 0x{attributes:X2}, and 0x{Attributes:X2} was expected.");
        }

        _nonceTpm = nonceTpm;
    }

    public override void EndResponse(Span<byte> parameters) => Crypt(FirstParameter(parameters), _nonceTpm, _nonceCaller, encrypt: false);

    public ValueTask DisposeAsync()
    {
        CryptographicOperations.ZeroMemory(_sessionKey);
        return _channel.FlushAsync(_handle);
    }

    // Only a TPM2B is encrypted, and its size is not.
    private static Span<byte> FirstParameter(Span<byte> parameters)
    {
        TpmReader reader = new(parameters);
        int size = reader.ReadSized("the first parameter").Length;
        return parameters.Slice(sizeof(ushort), size);
    }

    // Parameter encryption with CFB (Part 1, section 21.3): key and IV from the session key and both nonces.
    private void Crypt(Span<byte> parameter, ReadOnlySpan<byte> nonceNewer, ReadOnlySpan<byte> nonceOlder, bool encrypt)
    {
        Span<byte> keyAndIv = stackalloc byte[_cipherKeySize + BlockSize];
        KeyDerivation.KdfA(_hash, _sessionKey, "CFB", [.. nonceNewer, .. nonceOlder], keyAndIv);
        ReadOnlySpan<byte> key = keyAndIv[.._cipherKeySize];
        ReadOnlySpan<byte> iv = keyAndIv[_cipherKeySize..];
        if (encrypt)
        {
            CfbCipher.Encrypt(key, iv, parameter);
        }
        else
        {
            CfbCipher.Decrypt(key, iv, parameter);
        }

        CryptographicOperations.ZeroMemory(keyAndIv);
    }

    private byte[] Hash(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> names, ReadOnlySpan<byte> parameters)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(TpmHash.GetName(_hash));
        hash.AppendData(codes);
        hash.AppendData(names);
        hash.AppendData(parameters);
        return hash.GetHashAndReset();
    }

    // HMAC of a session (Part 1, section 19.6.5): the key is the session key, since what is authorised has an empty value.
    private byte[] Hmac(ReadOnlySpan<byte> parameterHash, ReadOnlySpan<byte> nonceNewer, ReadOnlySpan<byte> nonceOlder, byte attributes)
    {
        using IncrementalHash hmac = IncrementalHash.CreateHMAC(TpmHash.GetName(_hash), _sessionKey);
        hmac.AppendData(parameterHash);
        hmac.AppendData(nonceNewer);
        hmac.AppendData(nonceOlder);
        hmac.AppendData([attributes]);
        return hmac.GetHashAndReset();
    }
}

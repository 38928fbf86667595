using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Cryptography;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Sessions;

/// <summary>
/// A session with the TPM. Its key comes from a salt that only the TPM with a certain key can open (TPM 2.0 Library, Part 1, section 19.6): where a command
/// is to be secret it encrypts the first parameter of the command and of the response, and it verifies the HMAC of each response, so that somebody on the
/// TPM's bus learns no secret and changes nothing unnoticed. A policy session may also do without salt; it then authorises, and nothing more.
/// </summary>
/// <remarks>It stays open after a command, also a failed one, and is flushed when it is disposed.</remarks>
internal sealed class TpmSession : TpmAuthorization, IAsyncDisposable
{
    // TPMA_SESSION (Part 2, section 8.4): decrypt is the command's first parameter, encrypt the response's.
    private const byte Decrypt = 0x20;
    private const byte Encrypt = 0x40;
    private const int BlockSize = 16;
    private readonly TpmChannel _channel;
    private readonly TpmAlgId _hash;
    private readonly int _cipherKeySize;
    private readonly byte[] _sessionKey;
    private readonly byte[] _nonceCaller;
    private byte[] _nonceTpm;
    private ReadOnlyMemory<byte> _authValue;
    private bool _encrypts;

    private TpmSession(
        TpmChannel channel, TpmHandle handle, TpmAlgId hash, int cipherKeySize, byte[] sessionKey, byte[] nonceCaller, byte[] nonceTpm)
    {
        _channel = channel;
        Handle = handle;
        _hash = hash;
        _cipherKeySize = cipherKeySize;
        _sessionKey = sessionKey;
        _nonceCaller = nonceCaller;
        _nonceTpm = nonceTpm;
    }

    public TpmHandle Handle { get; }

    private static int MostNonces => 2 * TpmHash.MaximumDigestSize;

    // A session key and an authorisation value, which a TPM takes no longer than a digest.
    private static int UsualSessionValue => 2 * TpmHash.MaximumDigestSize;

    private int SessionValueSize => _sessionKey.Length + _authValue.Length;

    private byte Attributes => _encrypts ? (byte)(ContinueSession | Decrypt | Encrypt) : ContinueSession;

    /// <summary>Opens a session that is salted to a key, with that key's hash and cipher.</summary>
    /// <exception cref="EndorsementKeyException">The endorsement key cannot open a salt: its numbers are not those of a key, or its cipher is none that is known here.</exception>
    /// <exception cref="TpmKeyException">The storage root key cannot.</exception>
    /// <exception cref="TpmDeviceException">A key that was made for the session cannot.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<TpmSession> StartSaltedAsync(TpmChannel channel, UsableKey saltKey, TpmSe type, CancellationToken cancellationToken)
    {
        TpmAlgId hash = saltKey.Public.NameAlg;
        if (FindFault(saltKey.Public, out int digestSize) is { } fault)
        {
            throw saltKey.Refuse(fault);
        }

        byte[] salt = SecretSharing.MakeSeed(saltKey.Public, SecretSharing.SecretLabel, out byte[] encryptedSalt, channel.Random);
        try
        {
            byte[] nonceCaller = new byte[digestSize];
            channel.FillRandom(nonceCaller);
            StartAuthSessionResponse started = await channel.ExecuteAsync<StartAuthSessionCommand, StartAuthSessionResponse>(
                new(saltKey.Handle, nonceCaller, encryptedSalt, type, saltKey.Public.Symmetric, hash), cancellationToken).ConfigureAwait(false);
            byte[] sessionKey = new byte[digestSize];
            Span<byte> nonces = stackalloc byte[MostNonces];
            KeyDerivation.KdfA(hash, salt, "ATH", Join(started.NonceTpm, nonceCaller, nonces), sessionKey);
            return new TpmSession(
                channel, started.SessionHandle, hash, saltKey.Public.Symmetric.KeyBits / 8, sessionKey, nonceCaller, started.NonceTpm);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(salt);
        }
    }

    /// <summary>Opens a policy session without salt, to authorise beside a session that encrypts.</summary>
    public static async Task<TpmSession> StartPolicyAsync(TpmChannel channel, TpmAlgId hash, CancellationToken cancellationToken)
    {
        TpmHash.TryGetDigestSize(hash, out int digestSize);
        byte[] nonceCaller = new byte[digestSize];
        channel.FillRandom(nonceCaller);
        StartAuthSessionResponse started = await channel.ExecuteAsync<StartAuthSessionCommand, StartAuthSessionResponse>(
            new(TpmHandle.Null, nonceCaller, default, TpmSe.Policy, TpmtSymDef.Null, hash), cancellationToken).ConfigureAwait(false);
        return new TpmSession(channel, started.SessionHandle, hash, 0, [], nonceCaller, started.NonceTpm);
    }

    /// <summary>Makes ready for the next command.</summary>
    /// <param name="authValue">The authorisation value of what the session authorises in it; empty also where it authorises nothing, or by policy.</param>
    /// <param name="encrypts">Whether the first parameters of command and response, which must be TPM2Bs, are encrypted.</param>
    /// <returns>This session.</returns>
    public TpmSession For(ReadOnlyMemory<byte> authValue, bool encrypts)
    {
        // The TPM keeps values without zeros at their end (Part 1, section 19.6.5).
        _authValue = authValue.TrimEnd((byte)0);
        _encrypts = encrypts;
        return this;
    }

    public override void BeginCommand(Span<byte> parameters)
    {
        _channel.FillRandom(_nonceCaller);
        if (_encrypts)
        {
            Crypt(FirstParameter(parameters), _nonceCaller, _nonceTpm, encrypt: true);
        }
    }

    public override void WriteCommandArea(scoped in AuthorizedCommand command, ref TpmWriter writer)
    {
        Span<byte> code = stackalloc byte[sizeof(uint)];
        TpmWriter codeWriter = new(code);
        codeWriter.WriteUInt32((uint)command.Code);
        Span<byte> hmac = stackalloc byte[TpmHash.MaximumDigestSize];
        int hmacSize = Hmac(code, command.Names, command.Parameters, _nonceCaller, _nonceTpm, Attributes, hmac);
        WriteArea(Handle, _nonceCaller, Attributes, hmac[..hmacSize], ref writer);
    }

    public override void ReadResponseArea(scoped in AuthorizedResponse response, ref TpmReader reader)
    {
        ReadOnlySpan<byte> nonceTpm = reader.ReadSized("TPMS_AUTH_RESPONSE.nonceTPM", TpmHash.MaximumDigestSize);
        byte attributes = reader.ReadByte("TPMS_AUTH_RESPONSE.sessionAttributes");
        ReadOnlySpan<byte> hmac = reader.ReadSized("TPMS_AUTH_RESPONSE.hmac", TpmHash.MaximumDigestSize);

        // The response code of a success, and the command's.
        Span<byte> codes = stackalloc byte[2 * sizeof(uint)];
        TpmWriter codesWriter = new(codes);
        codesWriter.WriteUInt32((uint)TpmRc.Success);
        codesWriter.WriteUInt32((uint)response.Code);
        Span<byte> expected = stackalloc byte[TpmHash.MaximumDigestSize];
        int expectedSize = Hmac(codes, [], response.Parameters, nonceTpm, _nonceCaller, attributes, expected);
        if (!CryptographicOperations.FixedTimeEquals(hmac, expected[..expectedSize]))
        {
            throw new TpmFormatException(
                "its HMAC is wrong: the response is not the TPM's own. Something between this program and the TPM changes what passes.");
        }

        if (attributes != Attributes)
        {
            throw new TpmFormatException($"TPMS_AUTH_RESPONSE.sessionAttributes is 0x{attributes:X2}, and 0x{Attributes:X2} was expected.");
        }

        if (_nonceTpm.Length != nonceTpm.Length)
        {
            _nonceTpm = new byte[nonceTpm.Length];
        }

        nonceTpm.CopyTo(_nonceTpm);
    }

    public override void EndResponse(Span<byte> parameters)
    {
        if (_encrypts)
        {
            Crypt(FirstParameter(parameters), _nonceTpm, _nonceCaller, encrypt: false);
        }
    }

    public ValueTask DisposeAsync()
    {
        CryptographicOperations.ZeroMemory(_sessionKey);
        return _channel.FlushAsync(Handle);
    }

    private static string? FindFault(TpmtPublic saltKey, out int digestSize)
    {
        if (!TpmHash.TryGetDigestSize(saltKey.NameAlg, out digestSize))
        {
            return $"its nameAlg is 0x{(ushort)saltKey.NameAlg:X4}.";
        }

        return saltKey.Symmetric is { Algorithm: TpmAlgId.Aes, KeyBits: 128 or 192 or 256, Mode: TpmAlgId.Cfb }
            ? PublicKeys.FindFault(saltKey)
            : "its symmetric algorithm is not AES in CFB mode.";
    }

    // Only a TPM2B is encrypted, and its size is not.
    private static Span<byte> FirstParameter(Span<byte> parameters)
    {
        TpmReader reader = new(parameters);
        int size = reader.ReadSized("the first parameter").Length;
        return parameters.Slice(sizeof(ushort), size);
    }

    // Parameter encryption with CFB (Part 1, section 21.3): key and IV from the session value and both nonces.
    private void Crypt(Span<byte> parameter, ReadOnlySpan<byte> nonceNewer, ReadOnlySpan<byte> nonceOlder, bool encrypt)
    {
        Span<byte> keyAndIv = stackalloc byte[_cipherKeySize + BlockSize];
        Span<byte> nonces = stackalloc byte[MostNonces];
        int size = SessionValueSize;
        Span<byte> sessionValue = size <= UsualSessionValue ? stackalloc byte[size] : new byte[size];
        WriteSessionValue(sessionValue);
        KeyDerivation.KdfA(_hash, sessionValue, "CFB", Join(nonceNewer, nonceOlder, nonces), keyAndIv);
        CryptographicOperations.ZeroMemory(sessionValue);
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

    // HMAC of a session (Part 1, section 19.6.5): the key is the session key and the value of what is authorised. A policy session that has neither has none.
    private int Hmac(
        ReadOnlySpan<byte> codes,
        ReadOnlySpan<byte> names,
        ReadOnlySpan<byte> parameters,
        ReadOnlySpan<byte> nonceNewer,
        ReadOnlySpan<byte> nonceOlder,
        byte attributes,
        Span<byte> destination)
    {
        if (_sessionKey.Length == 0)
        {
            return 0;
        }

        HashAlgorithmName name = TpmHash.GetName(_hash);
        Span<byte> hashed = stackalloc byte[codes.Length + names.Length + parameters.Length];
        TpmWriter writer = new(hashed);
        writer.WriteBytes(codes);
        writer.WriteBytes(names);
        writer.WriteBytes(parameters);

        Span<byte> message = stackalloc byte[TpmHash.MaximumDigestSize + MostNonces + sizeof(byte)];
        int digestSize = CryptographicOperations.HashData(name, hashed, message);
        writer = new(message[digestSize..]);
        writer.WriteBytes(nonceNewer);
        writer.WriteBytes(nonceOlder);
        writer.WriteByte(attributes);

        int keySize = SessionValueSize;
        Span<byte> key = keySize <= UsualSessionValue ? stackalloc byte[keySize] : new byte[keySize];
        WriteSessionValue(key);
        try
        {
            return CryptographicOperations.HmacData(name, key, message[..(digestSize + writer.Position)], destination);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    // sessionValue (Part 1, sections 19.6.5 and 21.2).
    private void WriteSessionValue(Span<byte> destination)
    {
        _sessionKey.CopyTo(destination);
        _authValue.Span.CopyTo(destination[_sessionKey.Length..]);
    }

    private static ReadOnlySpan<byte> Join(ReadOnlySpan<byte> nonceNewer, ReadOnlySpan<byte> nonceOlder, Span<byte> destination)
    {
        nonceNewer.CopyTo(destination);
        nonceOlder.CopyTo(destination[nonceNewer.Length..]);
        return destination[..(nonceNewer.Length + nonceOlder.Length)];
    }
}

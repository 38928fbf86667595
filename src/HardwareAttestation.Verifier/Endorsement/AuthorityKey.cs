using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>
/// The key of an authority that is known here: one that the fleet's owner named, so that there are only so many. Getting a key out of a certificate costs three times
/// what it costs to verify a signature with it, and the next machine is of the same issuer. The platform does not promise that a key can be shared, so each is used by one thread at a time, and a
/// thread that finds none gets one more. Safe to share between threads.
/// </summary>
internal sealed class AuthorityKey(X509Certificate2 authority)
{
    private static readonly int MostIdle = Environment.ProcessorCount;
    private readonly ConcurrentStack<CertificatePublicKey> _idle = new();

    /// <summary>Whether the authority's key made a signature.</summary>
    public bool Made(CertificateSignature signature)
    {
        using Loan loan = new(this);
        return loan.Key is { } key && signature.IsBy(key);
    }

    private CertificatePublicKey? Take() => _idle.TryPop(out CertificatePublicKey? key) ? key : CertificatePublicKey.TryGet(authority);

    private void Keep(CertificatePublicKey? key)
    {
        if (key is not null && _idle.Count < MostIdle)
        {
            _idle.Push(key);
        }
        else
        {
            key?.Dispose();
        }
    }

    private readonly ref struct Loan(AuthorityKey owner)
    {
        public CertificatePublicKey? Key { get; } = owner.Take();

        public void Dispose() => owner.Keep(Key);
    }
}

/// <summary>The key of a certificate, as far as it can sign.</summary>
internal sealed class CertificatePublicKey : IDisposable
{
    private CertificatePublicKey(RSA? rsa, ECDsa? ecdsa)
    {
        Rsa = rsa;
        Ecdsa = ecdsa;
    }

    public RSA? Rsa { get; }

    public ECDsa? Ecdsa { get; }

    /// <summary>Gets it; null if the platform cannot use it.</summary>
    public static CertificatePublicKey? TryGet(X509Certificate2 certificate)
    {
        try
        {
            RSA? rsa = certificate.GetRSAPublicKey();
            return new CertificatePublicKey(rsa, rsa is null ? certificate.GetECDsaPublicKey() : null);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        Rsa?.Dispose();
        Ecdsa?.Dispose();
    }
}

using System.Security.Cryptography.X509Certificates;

namespace HardwareAttestation.Verifier;

/// <summary>
/// What endorsement key certificates are validated with: makers' roots, issuers below them, and lists of revoked certificates. Immutable, and safe to share
/// between threads.
/// </summary>
/// <remarks>The certificates belong to this object: do not dispose of them.</remarks>
public sealed class EndorsementTrust
{
    internal EndorsementTrust(
        IReadOnlyList<X509Certificate2> anchors,
        IReadOnlyList<X509Certificate2> intermediates,
        IReadOnlyList<ReadOnlyMemory<byte>> revocationLists,
        IReadOnlyList<EndorsementTrustFault> faults)
    {
        Anchors = anchors;
        Intermediates = intermediates;
        RevocationLists = revocationLists;
        Faults = faults;
    }

    /// <summary>The self-signed certificates, each with a signature that is its own key's.</summary>
    public IReadOnlyList<X509Certificate2> Anchors { get; }

    /// <summary>The other certificates.</summary>
    public IReadOnlyList<X509Certificate2> Intermediates { get; }

    /// <summary>Certificate revocation lists in DER. Their signatures are verified when they are used.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> RevocationLists { get; }

    /// <summary>What could not be read, and was left out. A verifier does not start with any, unless <see cref="AttestationVerifierOptions.AddTrust"/> is told to ignore them.</summary>
    public IReadOnlyList<EndorsementTrustFault> Faults { get; }

    /// <summary>
    /// Reads certificates and revocation lists from files: DER, PEM with any number of blocks, or PKCS #7, told apart by content. Of a folder, every file in it and in
    /// the folders below with the extension .cer, .crt, .der, .pem, .p7b, .p7c, .p7s or .crl is read, as Microsoft's package of trusted TPM roots unpacks. Links to files
    /// are followed, and links to folders are not.
    /// </summary>
    /// <remarks>
    /// What is read is trusted: a self-signed certificate becomes an anchor whichever folder it lies in. A bad file is reported in <see cref="Faults"/>, and the
    /// rest is used. At most 10 000 files and 64 MiB in all are read, and at most 16 MiB of one file.
    /// </remarks>
    /// <param name="paths">Files and folders.</param>
    /// <returns>The certificates, each once.</returns>
    /// <exception cref="IOException">There is no such file or folder, or a folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder must not be listed.</exception>
    /// <exception cref="ArgumentException"><paramref name="paths"/> is null, or one of them is null or empty.</exception>
    public static EndorsementTrust Load(params IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        EndorsementTrustReader reader = new();
        foreach (string path in paths)
        {
            reader.ReadPath(path);
        }

        return reader.ToTrust();
    }

    /// <summary>
    /// Reads certificates and revocation lists that are in no file, but in a secret or a resource for instance: in the same forms as <see cref="Load"/> reads of one file, DER, PEM with any number of
    /// blocks, or PKCS #7, told apart by content.
    /// </summary>
    /// <param name="name">Where it comes from, for <see cref="EndorsementTrustFault.Path"/>.</param>
    /// <param name="content">The content.</param>
    /// <returns>The certificates, each once. What cannot be read is in <see cref="Faults"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is null or empty.</exception>
    public static EndorsementTrust Parse(string name, ReadOnlySpan<byte> content)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        EndorsementTrustReader reader = new();
        reader.ReadContent(name, content.ToArray());
        return reader.ToTrust();
    }
}

/// <summary>A file that was left out, or a part of one.</summary>
public sealed record EndorsementTrustFault
{
    internal EndorsementTrustFault(string path, string reason)
    {
        Path = path;
        Reason = reason;
    }

    /// <summary>The file, or the name that <see cref="EndorsementTrust.Parse"/> was given.</summary>
    public string Path { get; }

    /// <summary>What is wrong with it, in a sentence.</summary>
    public string Reason { get; }
}

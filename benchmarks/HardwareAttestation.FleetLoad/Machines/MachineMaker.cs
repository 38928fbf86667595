using System.Globalization;

namespace HardwareAttestation.FleetLoad.Machines;

/// <summary>Makes machines: their keys, and certificates for them of an authority of its own.</summary>
internal sealed class MachineMaker : IDisposable
{
    private readonly TestAuthority _root = TestAuthority.CreateRoot();
    private readonly TestAuthority _issuer;

    // Nobody promises that a key can sign on two threads at once.
    private readonly Lock _issuing = new();

    public MachineMaker() => _issuer = _root.CreateIntermediate();

    /// <summary>Writes the root's certificate, which a server is to trust.</summary>
    /// <returns>The file.</returns>
    public string WriteRoot(string folder)
    {
        string file = Path.Combine(Directory.CreateDirectory(folder).FullName, "root.pem");
        File.WriteAllText(file, _root.Certificate.ExportCertificatePem());
        return file;
    }

    /// <summary>Makes machines on all processors. Their nodes are the prefix and a number of six digits.</summary>
    /// <param name="prefix">How their nodes' ids begin.</param>
    /// <param name="count">How many.</param>
    /// <param name="rsaEvery">Each so many has an endorsement key RSA 2048, which is slow to make; the others P-256. Zero for none. Attestation keys are all P-256.</param>
    public SoftwareMachine[] Make(string prefix, int count, int rsaEvery = 0)
    {
        SoftwareMachine[] machines = new SoftwareMachine[count];
        Parallel.For(0, count, i => machines[i] = Make(
            prefix + i.ToString("D6", CultureInfo.InvariantCulture),
            rsaEvery > 0 && i % rsaEvery == 0 ? SoftwareEndorsementKey.Rsa(index: i) : SoftwareEndorsementKey.Ecc()));
        return machines;
    }

    /// <summary>Makes a machine; its keys are P-256.</summary>
    public SoftwareMachine Make(string node) => Make(node, SoftwareEndorsementKey.Ecc());

    public void Dispose()
    {
        _issuer.Dispose();
        _root.Dispose();
    }

    private SoftwareMachine Make(string node, SoftwareEndorsementKey endorsementKey)
    {
        byte[] certificate;
        lock (_issuing)
        {
            certificate = _issuer.Issue(endorsementKey);
        }

        return new SoftwareMachine(node, new SoftwareTpm(endorsementKey, certificate, SoftwareKey.Create()) { CertificateChain = [_issuer.Certificate.RawData] });
    }
}

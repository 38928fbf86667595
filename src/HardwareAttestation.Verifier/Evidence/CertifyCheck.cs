using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Judges what a certification says, once its signature holds: whether it is about the key whose public area came along.</summary>
internal static class CertifyCheck
{
    public static void Verify(CertifyExpectation expectation, TpmsCertifyInfo certified, TpmtPublic key, FindingList findings)
    {
        // Never a Name of the message: what is certified is what the public area hashes to.
        TpmName name = key.ComputeName();
        findings.Check(
            CheckIds.CertifiedName,
            certified.Name.Equals(name),
            "The certified key is the one whose public area was presented.",
            $"The certified key has the Name {certified.Name}, and the public area that was presented is of {name}.");
        if (expectation.ParentQualifiedName is { } parent)
        {
            findings.Check(
                CheckIds.CertifiedQualifiedName,
                certified.QualifiedName.Equals(QualifiedName.OfChild(parent, key)),
                "The certified key is under the parent where it belongs.",
                "The certified key's qualified Name is not that of a child of the expected parent: it is under another key, or in another TPM.");
        }
    }
}

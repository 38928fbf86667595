using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>Judges what the certification of an NV index says, once its signature holds.</summary>
internal static class NVCertifyCheck
{
    public static void Verify(NVCertifyExpectation expectation, TpmsNVCertifyInfo certified, FindingList findings)
    {
        TpmsNVPublic index = expectation.NVPublic;
        findings.Check(
            CheckIds.NVName,
            index.NameAlg is TpmAlgId.Sha256 or TpmAlgId.Sha384 or TpmAlgId.Sha512 && certified.IndexName.Equals(index.ComputeName()),
            $"The certified NV index is {index.NVIndex} with the expected attributes, policy and size.",
            $"The certified NV index is not {index.NVIndex} with the expected attributes, policy and size, or its Name is not made with SHA-2.");
        int size = expectation.Size ?? index.DataSize - expectation.Offset;
        bool isRange = findings.Check(
            CheckIds.NVRange,
            certified.Offset == expectation.Offset && certified.NVContents.Length == size,
            $"The certified contents are the {size} bytes from {expectation.Offset} on.",
            $"The certified contents are {certified.NVContents.Length} bytes from {certified.Offset} on, "
                + $"and {size} bytes from {expectation.Offset} on were asked for.");
        if (isRange && expectation.Contents is { } contents)
        {
            findings.Check(
                CheckIds.NVContents,
                certified.NVContents.Span.SequenceEqual(contents.Span),
                "The NV index holds what is expected.",
                "The NV index holds other contents than expected.");
        }
    }
}

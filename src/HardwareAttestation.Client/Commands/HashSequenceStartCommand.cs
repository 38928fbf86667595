using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_HashSequenceStart (Part 3, section 17.3), with an empty authorisation value for the new sequence object.</summary>
internal readonly record struct HashSequenceStartCommand(TpmAlgId HashAlg) : ITpmCommand<TpmHandle>
{
    public static TpmCommandCode Code => TpmCommandCode.HashSequenceStart;

    public static bool ReturnsHandle => true;

    public static TpmHandle ReadResponse(TpmHandle handle, ref TpmReader reader) => handle;

    public void WriteHandles(ref TpmWriter writer)
    {
    }

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteSized([]);
        writer.WriteAlgorithm(HashAlg);
    }
}

using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_GetCapability (Part 3, section 30.2) for TPM_CAP_ALGS, from <paramref name="First"/> on. What an algorithm is for is left out.</summary>
internal readonly record struct GetAlgorithmsCommand(TpmAlgId First) : ITpmCommand<CapabilityResponse<TpmAlgId>>
{
    // MAX_CAP_ALGS: what fits into the 1024 bytes of a capability (Part 2, annex A).
    private const int MostAlgorithms = 170;
    private const int AlgorithmPropertySize = 6;

    public static TpmCommandCode Code => TpmCommandCode.GetCapability;

    public static bool ReturnsHandle => false;

    public static CapabilityResponse<TpmAlgId> ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        bool more = Capability.ReadHeader(ref reader, TpmCap.Algorithms);
        var algorithms = new TpmAlgId[reader.ReadCount("TPML_ALG_PROPERTY", AlgorithmPropertySize, MostAlgorithms)];
        for (int i = 0; i < algorithms.Length; i++)
        {
            algorithms[i] = reader.ReadAlgorithm("TPMS_ALG_PROPERTY.alg");
            reader.ReadUInt32("TPMS_ALG_PROPERTY.algProperties");
        }

        return new(algorithms, more);
    }

    public void WriteHandles(ref TpmWriter writer)
    {
    }

    public void WriteParameters(ref TpmWriter writer) => Capability.WriteRequest(ref writer, TpmCap.Algorithms, (uint)First, MostAlgorithms);
}

using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_GetCapability (Part 3, section 30.2) for TPM_CAP_ECC_CURVES, from <paramref name="First"/> on.</summary>
internal readonly record struct GetEccCurvesCommand(TpmEccCurve First) : ITpmCommand<CapabilityResponse<TpmEccCurve>>
{
    // MAX_ECC_CURVES: what fits into the 1024 bytes of a capability (Part 2, annex A).
    private const int MostCurves = 508;

    public static TpmCommandCode Code => TpmCommandCode.GetCapability;

    public static bool ReturnsHandle => false;

    public static CapabilityResponse<TpmEccCurve> ReadResponse(TpmHandle handle, ref TpmReader reader)
    {
        bool more = Capability.ReadHeader(ref reader, TpmCap.EccCurves);
        var curves = new TpmEccCurve[reader.ReadCount("TPML_ECC_CURVE", sizeof(ushort), MostCurves)];
        for (int i = 0; i < curves.Length; i++)
        {
            curves[i] = (TpmEccCurve)reader.ReadUInt16("TPML_ECC_CURVE.eccCurves");
        }

        return new(curves, more);
    }

    public void WriteHandles(ref TpmWriter writer)
    {
    }

    public void WriteParameters(ref TpmWriter writer) => Capability.WriteRequest(ref writer, TpmCap.EccCurves, (uint)First, MostCurves);
}

using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_PolicyOR (Part 3, section 23.6): the session's policy must be one of <paramref name="Branches"/>, and becomes the policy of either.</summary>
internal readonly record struct PolicyOrCommand(TpmHandle PolicySession, IReadOnlyList<byte[]> Branches) : ITpmCommand<NoResponse>
{
    public static TpmCommandCode Code => TpmCommandCode.PolicyOR;

    public static bool ReturnsHandle => false;

    public static NoResponse ReadResponse(TpmHandle handle, ref TpmReader reader) => default;

    public void WriteHandles(ref TpmWriter writer) => writer.WriteHandle(PolicySession);

    public void WriteParameters(ref TpmWriter writer)
    {
        writer.WriteUInt32((uint)Branches.Count);
        foreach (byte[] branch in Branches)
        {
            writer.WriteSized(branch);
        }
    }
}

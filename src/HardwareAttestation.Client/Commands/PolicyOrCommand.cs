using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>TPM2_PolicyOR (Part 3, section 23.6): the session satisfies one of these branches, and goes on as satisfying their disjunction.</summary>
internal readonly record struct PolicyOrCommand(TpmHandle PolicySession, ReadOnlyMemory<byte> First, ReadOnlyMemory<byte> Second) : ITpmCommand<NoResponse>
{
    public static TpmCommandCode Code => TpmCommandCode.PolicyOR;

    public static bool ReturnsHandle => false;

    public static NoResponse ReadResponse(TpmHandle handle, ref TpmReader reader) => default;

    public void WriteHandles(ref TpmWriter writer) => writer.WriteHandle(PolicySession);

    public void WriteParameters(ref TpmWriter writer)
    {
        const uint Branches = 2;
        writer.WriteUInt32(Branches);
        writer.WriteSized(First.Span);
        writer.WriteSized(Second.Span);
    }
}

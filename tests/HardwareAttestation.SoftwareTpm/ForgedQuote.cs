using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.SoftwareTpms;

/// <summary>A TPMS_ATTEST of which a test can change any field. Unchanged, it is a right quote over <see cref="Values"/>.</summary>
internal sealed record ForgedQuote
{
    public static readonly TpmlPcrSelection UsualSelection = TpmlPcrSelection.Parse("sha256:0,1,7");

    public uint Magic { get; init; } = 0xFF544347;

    public ushort Type { get; init; } = 0x8018;

    public byte[] QualifiedSigner { get; init; } = [0x00, 0x0B, .. new byte[32]];

    public byte[] Nonce { get; init; } = [];

    public TpmsClockInfo Clock { get; init; } = new(1000, 1, 0, true);

    public TpmlPcrSelection Selection { get; init; } = UsualSelection;

    public IReadOnlyList<PcrValue> Values { get; init; } = ValuesOf(UsualSelection);

    /// <summary>The hash of the signing key's scheme.</summary>
    public TpmAlgId Hash { get; init; } = TpmAlgId.Sha256;

    /// <summary>In place of the digest of <see cref="Values"/>.</summary>
    public byte[]? PcrDigest { get; init; }

    /// <summary>In place of TPMS_QUOTE_INFO: what an attestation of another type holds.</summary>
    public byte[]? Body { get; init; }

    /// <summary>Behind everything.</summary>
    public byte[] Tail { get; init; } = [];

    /// <summary>A value for each PCR of a selection, in its order.</summary>
    public static IReadOnlyList<PcrValue> ValuesOf(TpmlPcrSelection selection) =>
    [
        .. selection.SelectMany(bank => bank.Pcrs.Select(
            pcr => new PcrValue(bank.Hash, pcr, TpmHash.HashData(bank.Hash, [(byte)pcr])))),
    ];

    public byte[] ToArray()
    {
        byte[] digest = PcrDigest ?? TpmHash.HashData(Hash, [.. Values.SelectMany(value => value.Digest.ToArray())]);
        byte[] body = Body ?? new TestWire().Raw(Selection.Encode()).Sized(digest).ToArray();
        return new TestWire()
            .U32(Magic).U16(Type).Sized(QualifiedSigner).Sized(Nonce)
            .U64(Clock.Clock).U32(Clock.ResetCount).U32(Clock.RestartCount).U8((byte)(Clock.Safe ? 1 : 0))
            .U64(0x2019102300163636).Raw(body).Raw(Tail).ToArray();
    }
}

using FsCheck;
using FsCheck.Fluent;
using HardwareAttestation.Client.Tests.Sessions;

namespace HardwareAttestation.Client.Tests;

/// <summary>Bytes that a TPM, or something in its place, may answer.</summary>
internal static class AnyBytes
{
    private const ushort NoSessions = 0x8001;
    private const ushort Sessions = 0x8002;

    // TPMS_AUTH_RESPONSE of a password: no nonce, continueSession, no HMAC.
    private static readonly byte[] PasswordAnswer = [0, 0, 1, 0, 0];

    /// <summary>What often stands at the beginning of something: counts, algorithms, TPM_GENERATED_VALUE, TPM_ST_ATTEST_QUOTE, whole handles.</summary>
    private static readonly byte[][] Words =
    [
        [0], [1], [0, 1], [0, 0, 0, 1], [0, 0, 0, 6], [0x00, 0x0B], [0x00, 0x0C], [0x00, 0x18], [0x00, 0x14], [0x00, 0x23], [0x00, 0x01, 0x00, 0x0B],
        [0xFF, (byte)'T', (byte)'C', (byte)'G'], [0x80, 0x18], [0x03, 0, 0, 1], [0x80, 0, 0, 1], [0x81, 1, 0, 1], [0x80, 0x24], [0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF],
    ];

    /// <summary>Pieces of any bytes, of words, and of sizes that tell the truth, so that many get far.</summary>
    public static Gen<byte[]> Body()
    {
        Gen<byte[]> any = ArbMap.Default.GeneratorFor<byte[]>();
        Gen<byte[]> sized = any.Select(bytes => (byte[])[(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes]);
        Gen<byte[]> pieces = Gen.OneOf(any, sized, Gen.Elements(Words)).ListOf().Select(list => list.SelectMany(piece => piece).ToArray());
        Gen<byte[]> large = ArbMap.Default.GeneratorFor<int>().Select(seed => Noise(seed, 4000));
        return Gen.Frequency((20, pieces), (1, large));
    }

    /// <summary>Any bytes; any behind the header of a response; or such that only what the command itself answers is any.</summary>
    /// <param name="authorisations">How many passwords the command was authorised with.</param>
    /// <param name="returnsHandle">Whether a handle stands in front of the parameters.</param>
    public static Gen<byte[]> Response(int authorisations, bool returnsHandle)
    {
        Gen<uint> code = Gen.Frequency(
            (8, Gen.Constant(0u)),
            (1, Gen.Elements(0x101u, 0x901u, 0x902u, 0x903u, 0x908u, 0x90Au, 0x921u, 0x922u, 0x1DFu, 0x9A2u, 0x80280400u)),
            (1, ArbMap.Default.GeneratorFor<uint>()));
        Gen<ushort> tag = Gen.Frequency((8, Gen.Constant(authorisations > 0 ? Sessions : NoSessions)), (1, Gen.Elements(NoSessions, Sessions, (ushort)0x00C4)));
        Gen<byte[]> headed =
            from aTag in tag
            from aCode in code
            from body in Body()
            select ScriptedTpm.Response(aTag, aCode, body);
        Gen<byte[]> wellFormed =
            from handle in Gen.Elements<byte[]>([0x80, 0, 0, 1], [0x02, 0, 0, 0], [0x03, 0, 0, 0], [0x81, 1, 0, 1], [0xFF, 0xFF, 0xFF, 0xFF])
            from body in Body()
            select ScriptedTpm.Response(
                authorisations > 0 ? Sessions : NoSessions, 0, [.. returnsHandle ? handle : [], .. Authorised(body, authorisations)]);
        return Gen.Frequency((2, Body()), (3, headed), (10, wellFormed));
    }

    private static byte[] Authorised(byte[] parameters, int authorisations) => authorisations == 0
        ? parameters
        : [0, 0, (byte)(parameters.Length >> 8), (byte)parameters.Length, .. parameters, .. Enumerable.Repeat(PasswordAnswer, authorisations).SelectMany(answer => answer)];

    private static byte[] Noise(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}

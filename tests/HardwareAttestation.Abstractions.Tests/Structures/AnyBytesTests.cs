using FsCheck;
using FsCheck.Fluent;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Abstractions.Tests.Structures;

/// <summary>Any bytes whatever are a structure that is written back as them, or a <see cref="TpmFormatException"/>.</summary>
public sealed class AnyBytesTests
{
    // Magic, type, no signer, no extra data, clock and firmware: any bytes behind it are read as what is attested.
    private const string Head = "0000" + "0000" + "0000000000000275" + "00000002" + "00000001" + "01" + "2019102300163636";

    [Fact]
    public void Any_bytes_are_the_public_area_of_an_NV_index_or_refused() => AreReadOrRefused<TpmsNVPublic>([]);

    [Fact]
    public void Any_bytes_are_a_time_or_refused() => AreReadOrRefused<TpmsTimeInfo>([]);

    [Theory]
    [InlineData(TpmSt.AttestNV)]
    [InlineData(TpmSt.AttestCertify)]
    [InlineData(TpmSt.AttestQuote)]
    [InlineData(TpmSt.AttestTime)]
    [InlineData(TpmSt.AttestCreation)]
    [InlineData(TpmSt.AttestNVDigest)]
    public void Any_bytes_are_what_is_attested_or_refused(TpmSt type) =>
        AreReadOrRefused<TpmsAttest>(Convert.FromHexString("FF544347" + $"{(ushort)type:X4}" + Head));

    private static void AreReadOrRefused<T>(byte[] head)
        where T : ITpmStructure<T> =>
        Prop.ForAll(Bytes().ToArbitrary(), tail => IsReadOrRefused<T>([.. head, .. tail])).QuickCheckThrowOnFailure();

    // Pieces of any bytes and of sizes that tell the truth, so that many inputs get far.
    private static Gen<byte[]> Bytes()
    {
        Gen<byte[]> any = ArbMap.Default.GeneratorFor<byte[]>();
        Gen<byte[]> sized = any.Select(bytes => (byte[])[(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes]);
        return Gen.OneOf(any, sized).ListOf().Select(pieces => pieces.SelectMany(piece => piece).ToArray());
    }

    private static bool IsReadOrRefused<T>(byte[] bytes)
        where T : ITpmStructure<T>
    {
        try
        {
            return TpmWire.Parse<T>(bytes).Encode().AsSpan().SequenceEqual(bytes);
        }
        catch (TpmFormatException)
        {
            return true;
        }
    }
}

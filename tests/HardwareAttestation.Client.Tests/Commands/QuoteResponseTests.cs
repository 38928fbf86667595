using FsCheck;
using FsCheck.Fluent;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Tests.Commands;

/// <summary>A quote is looked at in place when it comes, and made objects of later: both must take the same bytes for a quote.</summary>
public sealed class QuoteResponseTests
{
    private static readonly byte[] Digest = new byte[32];
    private static readonly byte[] Quote = new TpmsAttest(
        TpmsAttest.TpmGeneratedValue,
        TpmSt.AttestQuote,
        new TpmName([0, 0x0B, .. Digest]),
        [1, 2, 3],
        new TpmsClockInfo(1, 2, 3, Safe: true),
        4,
        new TpmsQuoteInfo(TpmlPcrSelection.Parse("sha1:0+sha256:1,2"), Digest)).Encode();

    [Fact]
    public void The_digest_is_found() => QuoteResponse.ReadPcrDigest(Quote).ToArray().Should().Equal(Digest);

    [Fact]
    public void Every_beginning_of_a_quote_is_refused()
    {
        for (int length = 0; length < Quote.Length; length++)
        {
            IsQuote(Quote[..length]).Should().BeFalse();
        }
    }

    [Fact]
    public void What_is_taken_for_a_quote_is_what_the_structure_is_read_from() => Prop.ForAll(
        (from position in Gen.Choose(0, Quote.Length - 1)
         from value in Gen.Choose(0, 255)
         from end in Gen.Frequency((4, Gen.Constant(Quote.Length)), (1, Gen.Choose(0, Quote.Length)))
         select Change(position, (byte)value)[..end]).ToArbitrary(),
        bytes => IsQuote(bytes) == (Read(bytes)?.Attested is TpmsQuoteInfo)).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    private static byte[] Change(int position, byte value)
    {
        byte[] changed = [.. Quote];
        changed[position] = value;
        return changed;
    }

    private static bool IsQuote(byte[] bytes)
    {
        try
        {
            QuoteResponse.ReadPcrDigest(bytes);
            return true;
        }
        catch (TpmFormatException)
        {
            return false;
        }
    }

    private static TpmsAttest? Read(byte[] bytes)
    {
        try
        {
            return TpmWire.Parse<TpmsAttest>(bytes);
        }
        catch (TpmFormatException)
        {
            return null;
        }
    }
}

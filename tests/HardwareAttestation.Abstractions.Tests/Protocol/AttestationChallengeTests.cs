using System.Text;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Abstractions.Tests.Protocol;

public sealed class AttestationChallengeTests
{
    [Fact]
    public void What_is_signed_is_the_label_and_the_fields_with_their_lengths()
    {
        string expected = Convert.ToHexString("HardwareAttestation challenge 1\0"u8) + "00026331" + "00036EC3A9" + "0002AABB";

        Convert.ToHexString(Challenge("c1", "n\u00E9", [0xAA, 0xBB]).GetSignedBytes()).Should().Be(expected);
    }

    [Fact]
    public void What_is_signed_cannot_be_taken_for_what_a_TPM_has_generated()
    {
        byte[] bytes = Challenge(string.Empty, string.Empty, []).GetSignedBytes();

        bytes.Should().HaveCount(32 + 6);
        bytes.AsSpan(0, 4).SequenceEqual((ReadOnlySpan<byte>)[0xFF, 0x54, 0x43, 0x47]).Should().BeFalse();
    }

    [Fact]
    public void Bytes_moved_from_one_field_to_the_next_are_signed_differently()
    {
        byte[][] signed =
        [
            Challenge("ab", "c", [0x64]).GetSignedBytes(),
            Challenge("a", "bc", [0x64]).GetSignedBytes(),
            Challenge("ab", "cd", []).GetSignedBytes(),
            Challenge("abc", "", [0x64]).GetSignedBytes(),
        ];

        signed.Select(Convert.ToHexString).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void A_field_that_does_not_fit_its_length_is_misuse()
    {
        Challenge(new string('a', 65_535), "n", []).GetSignedBytes().Should().HaveCount(32 + 6 + 65_536);
        Action tooLong = () => Challenge(new string('a', 65_536), "n", []).GetSignedBytes();

        tooLong.Should().Throw<InvalidOperationException>().WithMessage("A field of the message is longer than 65,535 bytes.");
    }

    [Fact]
    public void A_challenge_with_PCRs_asks_for_a_quote()
    {
        Challenge("c", "n", []).RequiresQuote.Should().BeFalse();
        new AttestationChallenge
        {
            ChallengeId = "c",
            NodeId = "n",
            Nonce = Encoding.ASCII.GetBytes("nonce"),
            PcrSelection = TpmlPcrSelection.Parse("sha256:0"),
            ExpiresAt = DateTimeOffset.UnixEpoch,
        }.RequiresQuote.Should().BeTrue();
    }

    private static AttestationChallenge Challenge(string challengeId, string nodeId, byte[] nonce) => new()
    {
        ChallengeId = challengeId,
        NodeId = nodeId,
        Nonce = nonce,
        ExpiresAt = DateTimeOffset.UnixEpoch,
    };
}

using HardwareAttestation.Protocol;

namespace HardwareAttestation.Abstractions.Tests.Protocol;

public sealed class CredentialResponseTests
{
    [Theory]
    [InlineData('a', 65_535)]
    [InlineData('ä', 32_767)]
    public void A_proof_is_over_an_id_and_a_node_of_up_to_65535_bytes(char letter, int most)
    {
        string longest = new(letter, most);
        string tooLong = new(letter, most + 1);
        Action longId = () => CredentialResponse.ComputeProof(tooLong, "node", [1]);
        Action longNode = () => CredentialResponse.ComputeProof("id", tooLong, [1]);

        CredentialResponse.ComputeProof(longest, longest, [1]).Should().HaveCount(32);
        longId.Should().Throw<ArgumentException>().WithParameterName("challengeId");
        longNode.Should().Throw<ArgumentException>().WithParameterName("nodeId");
    }
}

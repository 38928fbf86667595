using System.Buffers.Binary;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client.Tests.Keys;

/// <summary>Derives the policies as TPM 2.0 Library, Part 3, sections 23.4, 23.6 and 23.22 extend a policy's digest.</summary>
public sealed class EndorsementPoliciesTests
{
    private const uint PolicySecret = 0x00000151;
    private const uint PolicyOr = 0x00000171;
    private const uint PolicyAuthorizeNV = 0x00000192;
    private const uint EndorsementHierarchy = 0x4000000B;

    // PolicyC's NV index: policywrite, write-locked and -defined bits, all kinds of read, no dictionary attack, written (TCG EK Credential Profile 2.5, B.6.4).
    private const uint PolicyIndexAttributes = 0x220F1008;

    [Theory]
    [InlineData(TpmAlgId.Sha256)]
    [InlineData(TpmAlgId.Sha384)]
    [InlineData(TpmAlgId.Sha512)]
    public void PolicyA_is_the_secret_of_the_endorsement_hierarchy(TpmAlgId algorithm)
    {
        EndorsementPolicies.A(algorithm).Should().Equal(DeriveA(algorithm));
    }

    [Fact]
    public void The_policies_are_derived_here_as_the_profile_has_them()
    {
        Convert.ToHexStringLower(EndorsementPolicies.A(TpmAlgId.Sha256))
            .Should().Be("837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa");
        Convert.ToHexStringLower(EndorsementPolicies.BranchesOfB(TpmAlgId.Sha256)[1])
            .Should().Be("3767e2edd43ff45a3a7e1eaefcef78643dca964632e7aad82c673a30d8633fde");
    }

    [Theory]
    [InlineData(TpmAlgId.Sha256, 0x01C07F01)]
    [InlineData(TpmAlgId.Sha384, 0x01C07F02)]
    [InlineData(TpmAlgId.Sha512, 0x01C07F03)]
    public void PolicyB_is_PolicyA_or_PolicyC(TpmAlgId algorithm, uint policyIndex)
    {
        byte[] a = DeriveA(algorithm);
        byte[] c = DeriveC(algorithm, policyIndex);

        EndorsementPolicies.B(algorithm).ToArray().Should().Equal(Hash(algorithm, Zero(algorithm), Word(PolicyOr), a, c));
        EndorsementPolicies.BranchesOfB(algorithm).Should().BeEquivalentTo([a, c], options => options.WithStrictOrdering());
    }

    [Fact]
    public void There_is_no_PolicyB_for_other_hash_algorithms()
    {
        Action ask = () => EndorsementPolicies.B(TpmAlgId.Sha1);
        Action askForBranches = () => EndorsementPolicies.BranchesOfB(TpmAlgId.Sha1);

        ask.Should().Throw<ArgumentOutOfRangeException>();
        askForBranches.Should().Throw<ArgumentOutOfRangeException>();
    }

    // The digest is extended with the command and the Name of the entity, then with policyRef, which is empty.
    private static byte[] DeriveA(TpmAlgId algorithm) =>
        Hash(algorithm, Hash(algorithm, Zero(algorithm), Word(PolicySecret), Word(EndorsementHierarchy)));

    // The digest begins anew at zero and is extended with the command and the Name of the NV index.
    private static byte[] DeriveC(TpmAlgId algorithm, uint policyIndex)
    {
        byte[] policy = DeriveA(algorithm);
        byte[] nvPublic =
        [
            .. Word(policyIndex),
            .. HalfWord((ushort)algorithm),
            .. Word(PolicyIndexAttributes),
            .. HalfWord((ushort)policy.Length),
            .. policy,
            .. HalfWord((ushort)(sizeof(ushort) + policy.Length)),
        ];
        byte[] name = [.. HalfWord((ushort)algorithm), .. TpmHash.HashData(algorithm, nvPublic)];
        return Hash(algorithm, Zero(algorithm), Word(PolicyAuthorizeNV), name);
    }

    private static byte[] Hash(TpmAlgId algorithm, params byte[][] parts) => TpmHash.HashData(algorithm, parts.SelectMany(part => part).ToArray());

    private static byte[] Zero(TpmAlgId algorithm)
    {
        TpmHash.TryGetDigestSize(algorithm, out int size);
        return new byte[size];
    }

    private static byte[] Word(uint value)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] HalfWord(ushort value) => Word(value)[2..];
}

using HardwareAttestation.Structures;

namespace HardwareAttestation.Client.Tests.Keys;

public sealed class EndorsementKeyPolicyTests
{
    private static readonly TpmtPublic Key = TestKeys.EccEndorsementKey;

    private static readonly EndorsementKeyTemplate Template = EndorsementKeyTemplate.H3;

    [Fact]
    public void A_key_is_of_the_template_it_was_made_from_and_of_no_other()
    {
        foreach (EndorsementKeyTemplate template in EndorsementKeyTemplate.All)
        {
            EndorsementKeyPolicy.AreOfOneTemplate(Key, template.PublicArea).Should().Be(template == Template, template.Id);
            EndorsementKeyPolicy.AreOfOneTemplate(TestKeys.AttestationKey, template.PublicArea).Should().BeFalse(template.Id);
            foreach (EndorsementKeyTemplate other in EndorsementKeyTemplate.All)
            {
                EndorsementKeyPolicy.AreOfOneTemplate(template.PublicArea, other.PublicArea).Should().Be(template == other, $"{template} and {other}");
            }
        }
    }

    [Fact]
    public void A_key_that_differs_in_anything_but_its_unique_part_is_of_another_template()
    {
        TpmsEccParms parms = (TpmsEccParms)Key.Parameters;
        TpmtPublic standard = Template.PublicArea;

        EndorsementKeyPolicy.AreOfOneTemplate(With(unique: new TpmsEccPoint([1], [2])), standard).Should().BeTrue();
        EndorsementKeyPolicy.AreOfOneTemplate(With(nameAlg: TpmAlgId.Sha256), standard).Should().BeFalse();
        EndorsementKeyPolicy.AreOfOneTemplate(With(Key.ObjectAttributes | TpmaObject.NoDA), standard).Should().BeFalse();
        EndorsementKeyPolicy.AreOfOneTemplate(With(policy: []), standard).Should().BeFalse();
        EndorsementKeyPolicy.AreOfOneTemplate(With(parms: parms with { Symmetric = TpmtSymDef.Aes128Cfb }), standard).Should().BeFalse();
        EndorsementKeyPolicy.AreOfOneTemplate(With(parms: parms with { CurveId = TpmEccCurve.NistP256 }), standard).Should().BeFalse();
    }

    [Fact]
    public void A_maker_may_choose_the_unique_part_the_hash_the_cipher_and_how_the_key_is_authorised()
    {
        TpmsEccParms parms = (TpmsEccParms)Key.Parameters;
        TpmaObject withoutAuth = Key.ObjectAttributes & ~TpmaObject.UserWithAuth;
        TpmtPublic[] deviations =
        [
            With(unique: new TpmsEccPoint(new byte[48], new byte[48])),
            With(policy: []),
            With(Key.ObjectAttributes | TpmaObject.NoDA),
            With(nameAlg: TpmAlgId.Sha256),
            With(parms: parms with { Symmetric = TpmtSymDef.Aes128Cfb }),
            With(withoutAuth),
            With(withoutAuth, EndorsementPolicies.A(TpmAlgId.Sha384).ToArray()),
        ];

        deviations.Select(area => EndorsementKeyPolicy.FindFault(area, Template)).Should().AllSatisfy(fault => fault.Should().BeNull());
    }

    [Theory]
    [InlineData(TpmaObject.FixedTpm)]
    [InlineData(TpmaObject.FixedParent)]
    [InlineData(TpmaObject.SensitiveDataOrigin)]
    [InlineData(TpmaObject.Restricted)]
    [InlineData(TpmaObject.Decrypt)]
    [InlineData(TpmaObject.Sign)]
    [InlineData(TpmaObject.EncryptedDuplication)]
    public void A_key_that_could_leave_its_TPM_or_do_other_work_is_none(TpmaObject attribute)
    {
        EndorsementKeyPolicy.FindFault(With(Key.ObjectAttributes ^ attribute), Template).Should().Contain("attributes");
    }

    [Fact]
    public void A_key_of_another_kind_size_or_cipher_is_none()
    {
        TpmsEccParms parms = (TpmsEccParms)Key.Parameters;
        TpmtPublic rsa = EndorsementKeyTemplate.L1.PublicArea;
        TpmsRsaParms rsaParms = (TpmsRsaParms)rsa.Parameters;

        EndorsementKeyPolicy.FindFault(With(nameAlg: TpmAlgId.Sha1), Template).Should().Contain("algorithms");
        EndorsementKeyPolicy.FindFault(With(parms: parms with { Symmetric = TpmtSymDef.Null }), Template).Should().Contain("algorithms");
        EndorsementKeyPolicy.FindFault(With(parms: parms with { CurveId = TpmEccCurve.NistP256 }), Template).Should().Contain("H-3");
        EndorsementKeyPolicy.FindFault(Key, EndorsementKeyTemplate.L2).Should().Contain("L-2");
        EndorsementKeyPolicy.FindFault(rsa, EndorsementKeyTemplate.L2).Should().Contain("L-2");
        EndorsementKeyPolicy.FindFault(Rsa(rsaParms with { KeyBits = 1024 }), EndorsementKeyTemplate.L1).Should().Contain("L-1");
        EndorsementKeyPolicy.FindFault(Rsa(rsaParms with { Exponent = 3 }), EndorsementKeyTemplate.L1).Should().Contain("L-1");
        EndorsementKeyPolicy.FindFault(Rsa(rsaParms with { Exponent = 65537 }), EndorsementKeyTemplate.L1).Should().BeNull();

        TpmtPublic Rsa(TpmsRsaParms changed) => new(rsa.NameAlg, rsa.ObjectAttributes, rsa.AuthPolicy.Span, changed, rsa.Unique);
    }

    [Fact]
    public void A_key_that_needs_a_policy_that_is_not_known_is_none()
    {
        TpmaObject withoutAuth = Key.ObjectAttributes & ~TpmaObject.UserWithAuth;

        EndorsementKeyPolicy.FindFault(With(withoutAuth, []), Template).Should().Contain("policy");
        EndorsementKeyPolicy.FindFault(With(withoutAuth, new byte[48]), Template).Should().Contain("policy");
        EndorsementKeyPolicy.FindFault(With(withoutAuth, EndorsementPolicies.A(TpmAlgId.Sha256).ToArray()), Template).Should().Contain("policy");
    }

    private static TpmtPublic With(
        TpmaObject? attributes = null, byte[]? policy = null, TpmAlgId? nameAlg = null, TpmuPublicParms? parms = null, TpmuPublicId? unique = null) =>
        new(nameAlg ?? Key.NameAlg, attributes ?? Key.ObjectAttributes, policy ?? Key.AuthPolicy.Span, parms ?? Key.Parameters, unique ?? Key.Unique);
}

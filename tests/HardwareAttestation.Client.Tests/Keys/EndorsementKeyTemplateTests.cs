using HardwareAttestation.Structures;

namespace HardwareAttestation.Client.Tests.Keys;

public sealed class EndorsementKeyTemplateTests
{
    // TCG EK Credential Profile 2.5, annex B, and the handles of the TCG's registry of reserved handles.
    [Theory]
    [InlineData("L-1", 0x01C00002, new uint[] { 0x81010001 }, 0x000300B2, TpmAlgId.Sha256, TpmAlgId.Rsa, 2048, 128, "256")]
    [InlineData("L-2", 0x01C0000A, new uint[] { 0x81010002, 0x8101000A }, 0x000300B2, TpmAlgId.Sha256, TpmAlgId.Ecc, 3, 128, "32,32")]
    [InlineData("H-1", 0x01C00012, new uint[] { 0x81010012 }, 0x000300F2, TpmAlgId.Sha256, TpmAlgId.Rsa, 2048, 128, "0")]
    [InlineData("H-2", 0x01C00014, new uint[] { 0x81010014 }, 0x000300F2, TpmAlgId.Sha256, TpmAlgId.Ecc, 3, 128, "0,0")]
    [InlineData("H-3", 0x01C00016, new uint[] { 0x81010016 }, 0x000300F2, TpmAlgId.Sha384, TpmAlgId.Ecc, 4, 256, "0,0")]
    [InlineData("H-4", 0x01C00018, new uint[] { 0x81010018 }, 0x000300F2, TpmAlgId.Sha512, TpmAlgId.Ecc, 5, 256, "0,0")]
    [InlineData("H-6", 0x01C0001C, new uint[] { 0x8101001C }, 0x000300F2, TpmAlgId.Sha384, TpmAlgId.Rsa, 3072, 256, "0")]
    [InlineData("H-7", 0x01C0001E, new uint[] { 0x8101001E }, 0x000300F2, TpmAlgId.Sha384, TpmAlgId.Rsa, 4096, 256, "0")]
    public void A_template_is_the_TCGs(
        string id, uint certificateIndex, uint[] handles, uint attributes, TpmAlgId nameAlg, TpmAlgId type, int bitsOrCurve, ushort aesBits, string unique)
    {
        EndorsementKeyTemplate template = EndorsementKeyTemplate.Parse(id);
        TpmtPublic publicArea = template.PublicArea;
        TpmtSymDef symmetric = new(TpmAlgId.Aes, aesBits, TpmAlgId.Cfb);
        byte[] policy = id[0] == 'L' ? EndorsementPolicies.A(nameAlg).ToArray() : EndorsementPolicies.B(nameAlg).ToArray();

        template.Id.Should().Be(id);
        template.ToString().Should().Be(id);
        template.CertificateIndex.Value.Should().Be(certificateIndex);
        template.PersistentHandles.Select(handle => handle.Value).Should().Equal(handles);
        template.NonceIndex.Should().Be(id[0] == 'L' ? new TpmHandle(certificateIndex + 1) : null);
        template.TemplateIndex.Value.Should().Be(certificateIndex + (id[0] == 'L' ? 2u : 1u));
        EndorsementKeyPolicy.FindFault(publicArea, template).Should().BeNull();
        EndorsementKeyPolicy.IsUsedWithAuthorizationValue(publicArea).Should().Be(id[0] == 'H');
        publicArea.ObjectAttributes.Should().Be((TpmaObject)attributes);
        publicArea.NameAlg.Should().Be(nameAlg);
        publicArea.Type.Should().Be(type);
        publicArea.AuthPolicy.ToArray().Should().Equal(policy);
        publicArea.Parameters.Should().Be(type == TpmAlgId.Rsa
            ? new TpmsRsaParms(symmetric, TpmtScheme.Null, (ushort)bitsOrCurve, 0)
            : new TpmsEccParms(symmetric, TpmtScheme.Null, (TpmEccCurve)bitsOrCurve, TpmtScheme.Null));
        SizesOf(publicArea.Unique).Should().Be(unique);
    }

    [Fact]
    public void All_templates_are_looked_through_low_range_first()
    {
        EndorsementKeyTemplate.All.Select(template => template.Id).Should().Equal("L-1", "L-2", "H-1", "H-2", "H-3", "H-4", "H-6", "H-7");
        EndorsementKeyTemplate.All.SelectMany(template => template.PersistentHandles).Should().OnlyHaveUniqueItems();
        EndorsementKeyTemplate.All.Select(template => template.CertificateIndex).Should().OnlyHaveUniqueItems();
    }

    [Theory]
    [InlineData("")]
    [InlineData("l-1")]
    [InlineData("L1")]
    [InlineData("H-5")]
    [InlineData("H-8")]
    public void Other_words_are_no_templates(string id)
    {
        id.Invoking(text => EndorsementKeyTemplate.Parse(text)).Should().Throw<FormatException>()
            .WithMessage($"'{id}' is not an endorsement key template; there are L-1, L-2, H-1, H-2, H-3, H-4, H-6, H-7.");
        EndorsementKeyTemplate.TryParse(id, out EndorsementKeyTemplate? template).Should().BeFalse();
        template.Should().BeNull();
    }

    [Fact]
    public void Templates_and_algorithms_are_parsed_as_other_types_of_the_platform_are()
    {
        ParseAny<EndorsementKeyTemplate>("H-3").Should().BeSameAs(EndorsementKeyTemplate.H3);
        ParseAny<TpmKeyAlgorithm>("p384").Should().BeSameAs(TpmKeyAlgorithm.P384);
        TpmKeyAlgorithm.TryParse("P384", out _).Should().BeFalse();
        TpmKeyAlgorithm.TryParse(null, out _).Should().BeFalse();
        "P384".Invoking(text => TpmKeyAlgorithm.Parse(text)).Should().Throw<FormatException>()
            .WithMessage("'P384' is not a key algorithm; there are p256, p384, rsa2048, rsa2048-pss, rsa3072.");

        static T ParseAny<T>(string text)
            where T : IParsable<T> => T.TryParse(text, null, out T? result) ? result : T.Parse(text, null);
    }

    private static string SizesOf(TpmuPublicId unique) => unique switch
    {
        Tpm2bPublicKeyRsa rsa => $"{rsa.Modulus.Length}",
        TpmsEccPoint point => $"{point.X.Length},{point.Y.Length}",
        _ => "?",
    };
}

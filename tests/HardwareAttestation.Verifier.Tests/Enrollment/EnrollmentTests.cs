using System.Numerics;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;
using HardwareAttestation.Verifier.Testing;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Verifier.Tests.Enrollment;

/// <summary>Enrolment over keys in software, so that the machine can say whatever an attack says.</summary>
public sealed class EnrollmentTests : IDisposable
{
    private const string Node = SoftwareFleet.Node;
    private readonly SoftwareFleet _fleet = new();

    public void Dispose() => _fleet.Dispose();

    [Theory]
    [InlineData("rsa", "p256")]
    [InlineData("rsa", "rsassa")]
    [InlineData("p256", "p384")]
    [InlineData("p384", "rsapss")]
    [InlineData("p521", "p521")]
    public async Task A_machine_that_opens_its_credential_is_enrolled(string endorsementKey, string attestationKey)
    {
        SoftwareTpm tpm = _fleet.CreateTpm(
            endorsementKey switch
            {
                "rsa" => SoftwareEndorsementKey.Rsa(),
                "p384" => SoftwareEndorsementKey.Ecc(TpmEccCurve.NistP384, TpmAlgId.Sha384, TpmtSymDef.Aes256Cfb),
                "p521" => SoftwareEndorsementKey.Ecc(TpmEccCurve.NistP521, TpmAlgId.Sha512, TpmtSymDef.Aes256Cfb),
                _ => SoftwareEndorsementKey.Ecc(),
            },
            attestationKey);

        EnrollmentResult result = await _fleet.Verifier.CompleteEnrollmentAsync(tpm.Answer(await _fleet.BeginAsync(tpm)));

        result.Verdict.ShouldBeVerified();
        DeviceRecord device = result.Device!;
        device.NodeId.Should().Be(Node);
        device.AttestationPublic.ToArray().Should().Equal(tpm.AttestationKey.Public.Encoded.ToArray());
        device.EndorsementPublic.ToArray().Should().Equal(tpm.EndorsementKey.Public.Encoded.ToArray());
        device.EndorsementCertificate.ToArray().Should().Equal(tpm.Certificate);
        device.EnrolledAt.Should().Be(ManualTimeProvider.Start);
        (await _fleet.Devices.FindAsync(Node))!.EndorsementKeyId.Should().Be(device.EndorsementKeyId);
    }

    [Fact]
    public async Task Issuers_that_came_along_are_kept_as_they_were_presented()
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        ReadOnlyMemory<byte>[] issuers = [tpm.Certificate, new byte[] { 0x30, 0 }];
        CredentialChallenge challenge = (await _fleet.Verifier.BeginEnrollmentAsync(With(tpm.Ask(Node), issuers: issuers))).Challenge!;

        await _fleet.Verifier.CompleteEnrollmentAsync(tpm.Answer(challenge));
        await _fleet.Verifier.VerifyAsync(tpm.Answer(await _fleet.ChallengeAsync()));

        (await _fleet.Devices.FindAsync(Node))!.EndorsementCertificateChain.Select(issuer => issuer.ToArray())
            .Should().BeEquivalentTo(issuers.Select(issuer => issuer.ToArray()), order => order.WithStrictOrdering());
    }

    [Fact]
    public async Task Issuers_without_a_certificate_that_they_issued_are_not_kept()
    {
        using SoftwareFleet fleet = new(options => options.TrustOnFirstUse = true);
        SoftwareTpm tpm = fleet.CreateTpm();
        EnrollmentRequest request = With(tpm.Ask(Node, certificate: []), issuers: [new byte[100_000]]);

        EnrollmentResult result = await fleet.Verifier.CompleteEnrollmentAsync(tpm.Answer((await fleet.Verifier.BeginEnrollmentAsync(request)).Challenge!));

        result.Verdict.ShouldBeVerified();
        result.Device!.EndorsementCertificateChain.Should().BeEmpty();
    }

    // The message has no field for a Name. What is bound in its place is the Name that is computed from the key, so only that key opens the credential.
    // (x, -y): a TPM with the key for (x, y) opens what is made for it. No certificate tells one from the other where none is asked for.
    [Fact]
    public async Task A38_EndorsementKeyWhosePointIsMirrored_IsTheSameKey()
    {
        using SoftwareFleet fleet = new(options => options.TrustOnFirstUse = true);
        SoftwareTpm tpm = await fleet.EnrollAsync();
        TpmtPublic key = tpm.EndorsementKey.Public;
        TpmsEccPoint point = (TpmsEccPoint)key.Unique;
        BigInteger prime = BigInteger.Pow(2, 256) - BigInteger.Pow(2, 224) + BigInteger.Pow(2, 192) + BigInteger.Pow(2, 96) - 1;
        byte[] mirrored = (prime - new BigInteger(point.Y.Span, isUnsigned: true, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true);
        TpmtPublic other = new(key.NameAlg, key.ObjectAttributes, key.AuthPolicy.Span, key.Parameters, new TpmsEccPoint(point.X.Span, mirrored));

        EnrollmentOffer offer = await fleet.Verifier.BeginEnrollmentAsync(tpm.Ask("rack1-node8", endorsementPublic: other, certificate: []));

        offer.Verdict.ShouldBeRefusedBy(CheckIds.EnrollmentEkFree);
    }

    [Fact]
    public async Task A03_NameIsAlwaysComputedFromThePublicArea()
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        SoftwareTpm sameTpm = _fleet.WithOtherKey(tpm);

        CredentialChallenge challenge = await _fleet.BeginAsync(tpm);

        typeof(EnrollmentRequest).GetProperties().Should().NotContain(property => property.Name.Contains("Name", StringComparison.Ordinal));
        tpm.Activate(challenge).Should().NotBeNull();
        sameTpm.Activate(challenge).Should().BeNull();
    }

    [Fact]
    public async Task A04_AttestationKeyWithAWeakNameAlg_IsRefused()
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        foreach (TpmAlgId nameAlg in (TpmAlgId[])[TpmAlgId.Sha1, TpmAlgId.Null, TpmAlgId.Sm3_256, (TpmAlgId)0x7777])
        {
            using SoftwareKey key = SoftwareKey.Create(nameAlg: nameAlg);
            await IsRefusedAsync(tpm.Ask(Node, key), CheckIds.AkNameAlg);
        }
    }

    [Fact]
    public async Task A05_CompletionTakesNothingFromTheMessageButTheSecret()
    {
        typeof(CredentialResponse).GetProperties().Select(property => property.Name).Should().BeEquivalentTo(
            nameof(CredentialResponse.Version), nameof(CredentialResponse.ChallengeId), nameof(CredentialResponse.Proof));

        // The machine answers the challenge of one attestation key after it has asked with another: what was asked first is what is stored.
        SoftwareTpm first = _fleet.CreateTpm();
        SoftwareTpm second = _fleet.WithOtherKey(first);
        CredentialChallenge challenge = await _fleet.BeginAsync(first);
        await _fleet.BeginAsync(second);

        EnrollmentResult result = await _fleet.Verifier.CompleteEnrollmentAsync(first.Answer(challenge));

        result.Verdict.ShouldBeVerified();
        result.Device!.AttestationPublic.ToArray().Should().Equal(first.AttestationKey.Public.Encoded.ToArray());
    }

    [Fact]
    public async Task A05_CertificateAndKeyOfDifferentTpms_AreRefused()
    {
        SoftwareTpm one = _fleet.CreateTpm();
        SoftwareTpm other = _fleet.CreateTpm();

        await IsRefusedAsync(one.Ask(Node, certificate: other.Certificate), CheckIds.EkCertificateKey);
        await IsRefusedAsync(one.Ask(Node, endorsementPublic: other.EndorsementKey.Public), CheckIds.EkCertificateKey);
    }

    [Fact]
    public async Task A05_CredentialOfAnotherTpmsEndorsementKey_IsNotOpened()
    {
        SoftwareTpm genuine = _fleet.CreateTpm();
        using SoftwareTpm thief = new(SoftwareEndorsementKey.Ecc(), genuine.Certificate, SoftwareKey.Create());

        // The thief presents a genuine TPM's certificate and public area with a key of its own.
        EnrollmentOffer offer = await _fleet.Verifier.BeginEnrollmentAsync(thief.Ask(Node, endorsementPublic: genuine.EndorsementKey.Public));

        offer.Verdict.ShouldBeVerified();
        thief.Activate(offer.Challenge!).Should().BeNull();
        genuine.Activate(offer.Challenge!).Should().BeNull("a genuine TPM does not have the thief's attestation key");
    }

    [Fact]
    public async Task A06_WrongSecret_IsRefusedAndBurnsTheChallenge()
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        Func<byte[], byte[]>[] spoils = [Flip, _ => [], proof => proof[..^1], proof => [.. proof, 0], _ => new byte[32], _ => new byte[1024 * 1024]];
        foreach (Func<byte[], byte[]> spoil in spoils)
        {
            CredentialChallenge challenge = await _fleet.BeginAsync(tpm);
            CredentialResponse answer = tpm.Answer(challenge);
            CredentialResponse wrong = new() { ChallengeId = challenge.ChallengeId, Proof = spoil(answer.Proof.ToArray()) };

            (await _fleet.Verifier.CompleteEnrollmentAsync(wrong)).Verdict.ShouldBeRefusedBy(CheckIds.CredentialSecret);
            (await _fleet.Verifier.CompleteEnrollmentAsync(answer)).Verdict.ShouldBeRefusedBy(CheckIds.ChallengeKnown);
        }

        (await _fleet.Devices.FindAsync(Node)).Should().BeNull();
    }

    private static byte[] Flip(byte[] bytes)
    {
        bytes[^1] ^= 1;
        return bytes;
    }

    [Fact]
    public async Task A06_SecretOfAnotherNodeOrAnotherKey_IsRefused()
    {
        SoftwareTpm one = _fleet.CreateTpm();
        SoftwareTpm sameTpm = _fleet.WithOtherKey(one);
        SoftwareTpm other = _fleet.CreateTpm();
        byte[] secretOfOther = other.Activate(await _fleet.BeginAsync(other, "node2"))!;
        byte[] secretOfSameTpm = sameTpm.Activate(await _fleet.BeginAsync(sameTpm))!;

        (await CompleteAsync((await _fleet.BeginAsync(one)).ChallengeId, secretOfOther)).ShouldBeRefusedBy(CheckIds.CredentialSecret);
        (await CompleteAsync((await _fleet.BeginAsync(one)).ChallengeId, secretOfSameTpm)).ShouldBeRefusedBy(CheckIds.CredentialSecret);
    }

    [Fact]
    public async Task A06_SecondTryWithTheRightSecret_IsRefused()
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        CredentialResponse answer = tpm.Answer(await _fleet.BeginAsync(tpm));
        (await _fleet.Verifier.CompleteEnrollmentAsync(answer)).Verdict.ShouldBeVerified();
        await _fleet.Devices.RemoveAsync(Node);

        (await _fleet.Verifier.CompleteEnrollmentAsync(answer)).Verdict.ShouldBeRefusedBy(CheckIds.ChallengeKnown);
        (await _fleet.Devices.FindAsync(Node)).Should().BeNull();
    }

    [Theory]
    [InlineData(TpmaObject.Sign)]
    [InlineData(TpmaObject.Restricted)]
    [InlineData(TpmaObject.Decrypt)]
    [InlineData(TpmaObject.FixedTpm)]
    public async Task A10_EndorsementKeyOfNoTemplate_IsRefused(TpmaObject attribute)
    {
        SoftwareTpm tpm = _fleet.CreateTpm(SoftwareEndorsementKey.Ecc(attributes: SoftwareEndorsementKey.UsualAttributes ^ attribute));

        await IsRefusedAsync(tpm.Ask(Node), CheckIds.EkPublicAttributes);
    }

    [Fact]
    public async Task A10_EndorsementKeyWithWeakAlgorithms_IsRefused()
    {
        await IsRefusedAsync(_fleet.CreateTpm(SoftwareEndorsementKey.Ecc(nameAlg: TpmAlgId.Sha1)).Ask(Node), CheckIds.EkPublicAlgorithms);
        await IsRefusedAsync(_fleet.CreateTpm(SoftwareEndorsementKey.Ecc(symmetric: TpmtSymDef.Null)).Ask(Node), CheckIds.EkPublicAlgorithms);

        SoftwareTpm tpm = _fleet.CreateTpm();
        TpmtPublic key = tpm.EndorsementKey.Public;
        TpmsEccParms withScheme = (TpmsEccParms)key.Parameters with { Scheme = new TpmtScheme(TpmAlgId.EcDsa, TpmAlgId.Sha256) };
        TpmtPublic area = new(key.NameAlg, key.ObjectAttributes, key.AuthPolicy.Span, withScheme, key.Unique);
        await IsRefusedAsync(tpm.Ask(Node, endorsementPublic: area), CheckIds.EkPublicAlgorithms);
    }

    [Fact]
    public async Task A17_MalformedPublicAreas_AreRefused()
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        EnrollmentRequest right = tpm.Ask(Node);
        byte[] endorsement = right.EndorsementPublic.ToArray();
        byte[] attestation = right.AttestationPublic.ToArray();
        for (int length = 0; length < endorsement.Length; length++)
        {
            await IsRefusedAsync(With(right, endorsement: endorsement[..length]), CheckIds.EkPublicForm);
        }

        for (int length = 0; length < attestation.Length; length++)
        {
            await IsRefusedAsync(With(right, attestation: attestation[..length]), CheckIds.AkPublicForm);
        }

        await IsRefusedAsync(With(right, endorsement: [.. endorsement, 0], attestation: [.. attestation, 0]), CheckIds.EkPublicForm, CheckIds.AkPublicForm);
        await IsRefusedAsync(With(right, attestation: [0xFF, 0xFF, .. attestation[2..]]), CheckIds.AkPublicForm);
        await IsRefusedAsync(With(right, attestation: new byte[1024 * 1024]), CheckIds.AkPublicForm);
        await IsRefusedAsync(With(right, attestation: tpm.AttestationKey.Public.Encode()), CheckIds.AkPublicForm);
    }

    [Fact]
    public async Task A39_TpmWithoutACertificate_IsRefused() =>
        await IsRefusedAsync(_fleet.CreateTpm().Ask(Node, certificate: []), CheckIds.EkCertificatePresent);

    [Fact]
    public async Task A38_SameEndorsementKeyForASecondNode_IsRefused()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync(tpm: _fleet.CreateTpm(SoftwareEndorsementKey.Rsa()));

        await IsRefusedAsync(tpm.Ask("node2"), CheckIds.EnrollmentEkFree);
        await IsRefusedAsync(_fleet.WithOtherKey(tpm).Ask("node2"), CheckIds.EnrollmentEkFree);
    }

    // The certificate is of the key and says nothing of the public area around it: another area, and so another Name, is the same key.
    [Theory]
    [InlineData("rsa")]
    [InlineData("p256")]
    public async Task A38_SameEndorsementKeyInAnotherPublicArea_IsRefused(string kind)
    {
        SoftwareEndorsementKey key = kind == "rsa" ? SoftwareEndorsementKey.Rsa() : SoftwareEndorsementKey.Ecc();
        SoftwareTpm tpm = await _fleet.EnrollAsync(tpm: _fleet.CreateTpm(key));
        TpmtPublic area = key.Public;
        TpmaObject attributes = area.ObjectAttributes;
        List<TpmtPublic> others =
        [
            new(area.NameAlg, attributes | TpmaObject.UserWithAuth, area.AuthPolicy.Span, area.Parameters, area.Unique),
            new(area.NameAlg, attributes | TpmaObject.NoDA, area.AuthPolicy.Span, area.Parameters, area.Unique),
            new(TpmAlgId.Sha384, attributes, area.AuthPolicy.Span, area.Parameters, area.Unique),
            new(area.NameAlg, attributes, [], area.Parameters, area.Unique),
        ];
        if (area.Parameters is TpmsRsaParms rsa)
        {
            others.Add(new(area.NameAlg, attributes, area.AuthPolicy.Span, rsa with { Exponent = 65537 }, area.Unique));
            others.Add(new(area.NameAlg, attributes, area.AuthPolicy.Span, rsa with { Symmetric = TpmtSymDef.Aes256Cfb }, area.Unique));
        }

        foreach (TpmtPublic other in others)
        {
            other.ComputeName().Should().NotBe(area.ComputeName());
            await IsRefusedAsync(tpm.Ask("node2", endorsementPublic: other), CheckIds.EnrollmentEkFree);
        }
    }

    [Fact]
    public async Task A38_OtherKeysForAnEnrolledNode_AreRefused()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();

        await IsRefusedAsync(_fleet.CreateTpm().Ask(Node), CheckIds.EnrollmentNodeFree);
        await IsRefusedAsync(_fleet.WithOtherKey(tpm).Ask(Node), CheckIds.EnrollmentNodeFree, CheckIds.EnrollmentEkFree);
        await IsRefusedAsync(tpm.Ask(Node), CheckIds.EnrollmentNodeFree, CheckIds.EnrollmentEkFree);
    }

    [Fact]
    public async Task A38_NodeOrKeyTakenBetweenChallengeAndAnswer_IsRefused()
    {
        SoftwareTpm slow = _fleet.CreateTpm();
        CredentialResponse forNode = slow.Answer(await _fleet.BeginAsync(slow));
        CredentialResponse forOther = slow.Answer(await _fleet.BeginAsync(slow, "node2"), "node2");
        CredentialResponse forThird = slow.Answer(await _fleet.BeginAsync(slow, "node3"), "node3");
        SoftwareTpm fast = await _fleet.EnrollAsync();

        (await _fleet.Verifier.CompleteEnrollmentAsync(forNode)).Verdict.ShouldBeRefusedBy(CheckIds.EnrollmentNodeFree);
        (await _fleet.Verifier.CompleteEnrollmentAsync(forOther)).Verdict.ShouldBeVerified();
        (await _fleet.Verifier.CompleteEnrollmentAsync(forThird)).Verdict.ShouldBeRefusedBy(CheckIds.EnrollmentEkFree);
        (await _fleet.Devices.FindAsync(Node))!.AttestationPublic.ToArray().Should().Equal(fast.AttestationKey.Public.Encoded.ToArray());
    }

    [Fact]
    public async Task A_removed_machine_is_enrolled_again()
    {
        SoftwareTpm tpm = await _fleet.EnrollAsync();
        await _fleet.Devices.RemoveAsync(Node);

        await _fleet.EnrollAsync("node2", _fleet.WithOtherKey(tpm));
    }

    [Fact]
    public async Task A41_OneAnswerRedeemedManyTimesAtOnce_WinsOnce()
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        CredentialResponse answer = tpm.Answer(await _fleet.BeginAsync(tpm));
        AttestationVerifier[] instances = [.. Enumerable.Range(0, 4).Select(
            _ => new AttestationVerifier(_fleet.Options, _fleet.Devices, _fleet.Challenges, timeProvider: _fleet.Time))];

        EnrollmentResult[] results = await Task.WhenAll(Enumerable.Range(0, 64).Select(
            i => Task.Run(() => instances[i % instances.Length].CompleteEnrollmentAsync(answer))));

        results.Should().ContainSingle(result => result.Verdict.IsVerified);
        foreach (EnrollmentResult lost in results.Where(result => !result.Verdict.IsVerified))
        {
            lost.Verdict.ShouldBeRefusedBy(CheckIds.ChallengeKnown);
            lost.Device.Should().BeNull();
        }
    }

    [Fact]
    public async Task A42_MalformedMessageDuringEnrolment_LeavesTheNodeAsItWas()
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        CredentialChallenge challenge = await _fleet.BeginAsync(tpm);
        CredentialResponse answer = tpm.Answer(challenge);

        EnrollmentResult unversioned = await _fleet.Verifier.CompleteEnrollmentAsync(
            new CredentialResponse { Version = 0, ChallengeId = challenge.ChallengeId, Proof = answer.Proof });
        EnrollmentResult unnamed = await _fleet.Verifier.CompleteEnrollmentAsync(new CredentialResponse { ChallengeId = string.Empty, Proof = answer.Proof });

        unversioned.Verdict.ShouldBeRefusedBy(CheckIds.MessageVersion);
        unnamed.Verdict.ShouldBeRefusedBy(CheckIds.MessageForm);
        (await _fleet.Verifier.CreateChallengeAsync(Node)).Verdict.ShouldBeRefusedBy(CheckIds.DeviceEnrolled);
    }

    [Fact]
    public async Task An_expired_challenge_is_refused()
    {
        SoftwareTpm tpm = _fleet.CreateTpm();
        CredentialResponse inTime = tpm.Answer(await _fleet.BeginAsync(tpm));
        CredentialResponse late = tpm.Answer(await _fleet.BeginAsync(tpm, "node2"), "node2");

        _fleet.Time.Advance(_fleet.Options.EnrollmentChallengeLifetime - TimeSpan.FromTicks(1));
        (await _fleet.Verifier.CompleteEnrollmentAsync(inTime)).Verdict.ShouldBeVerified();
        _fleet.Time.Advance(TimeSpan.FromTicks(1));
        (await _fleet.Verifier.CompleteEnrollmentAsync(late)).Verdict.ShouldBeRefusedBy(CheckIds.ChallengeKnown);
    }

    private static EnrollmentRequest With(
        EnrollmentRequest request, byte[]? endorsement = null, byte[]? attestation = null, ReadOnlyMemory<byte>[]? issuers = null) => new()
    {
        NodeId = request.NodeId,
        EndorsementCertificate = request.EndorsementCertificate,
        EndorsementCertificateChain = issuers ?? request.EndorsementCertificateChain,
        EndorsementPublic = endorsement ?? request.EndorsementPublic,
        AttestationPublic = attestation ?? request.AttestationPublic,
    };

    private async Task<Verdict> CompleteAsync(string challengeId, byte[] secret) =>
        (await _fleet.Verifier.CompleteEnrollmentAsync(new CredentialResponse { ChallengeId = challengeId, Proof = CredentialResponse.ComputeProof(challengeId, SoftwareFleet.Node, secret) })).Verdict;

    private async Task IsRefusedAsync(EnrollmentRequest request, params string[] checks)
    {
        EnrollmentOffer offer = await _fleet.Verifier.BeginEnrollmentAsync(request);
        offer.Verdict.ShouldBeRefusedBy(checks);
        offer.Challenge.Should().BeNull();
    }
}

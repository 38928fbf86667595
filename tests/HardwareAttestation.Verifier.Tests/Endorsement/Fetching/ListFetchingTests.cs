using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using HardwareAttestation.Protocol;

namespace HardwareAttestation.Verifier.Tests.Endorsement.Fetching;

/// <summary>Revocation lists that are fetched tell what lists at hand would, and only by their issuers' word.</summary>
public sealed class ListFetchingTests : IDisposable
{
    private const string RootList = FetchScene.Maker + "root.crl";
    private const string IssuerList = FetchScene.OtherHost + "issuer.crl";
    private readonly FetchScene _scene = new();
    private readonly TestAuthority _issuer;
    private readonly byte[] _certificate;

    public ListFetchingTests()
    {
        _issuer = _scene.Below(_scene.Root, lists: [RootList]);
        _certificate = _scene.Issue(_issuer, lists: [IssuerList]);
        _scene.Network.Put(RootList, _scene.List(_scene.Root));
    }

    public void Dispose() => _scene.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lists_of_each_issuer_are_fetched(bool inPem)
    {
        byte[] list = _scene.List(_issuer);
        _scene.Network.Put(IssuerList, inPem ? Encoding.ASCII.GetBytes(PemEncoding.WriteString("X509 CRL", list)) : list);

        Verdict verdict = await ValidateAsync();

        verdict.ShouldBeVerified();
        verdict.OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Passed);
        _scene.Network.Requests.Should().Equal(IssuerList, RootList);
    }

    [Fact]
    public async Task A32_A33_CertificateOnAFetchedList_IsRefused()
    {
        _scene.Network.Put(IssuerList, _scene.List(_issuer, _certificate));
        (await ValidateAsync()).ShouldBeRefusedBy(CheckIds.EkCertificateRevocation);

        _scene.Network.Put(IssuerList, _scene.List(_issuer));
        _scene.Network.Put(RootList, _scene.List(_scene.Root, _issuer.Certificate.RawData));
        _scene.Clock.Advance(TimeSpan.FromHours(2));
        (await ValidateAsync()).ShouldBeRefusedBy(CheckIds.EkCertificateRevocation);
    }

    [Theory]
    [InlineData("list of another key of the issuer's name", "is not signed by the issuer")]
    [InlineData("list that was changed", "is not signed by the issuer")]
    [InlineData("list of the root", "is not signed by the issuer")]
    [InlineData("list that has expired", "has expired")]
    [InlineData("list of the future", "is not valid yet")]
    [InlineData("certificate", "it answered no revocation list")]
    [InlineData("web page", "it answered no revocation list")]
    [InlineData("nothing", "it answered with status 404")]
    public async Task A33_FetchedListThatTellsNothing_LeavesRevocationUnknown(string kind, string words)
    {
        using TestAuthority twin = _scene.Root.CreateIntermediate();
        DateTimeOffset now = _scene.Clock.GetUtcNow();
        byte[] changed = _scene.List(_issuer);
        changed[^1] ^= 1;
        byte[]? answer = kind switch
        {
            "list of another key of the issuer's name" => twin.Revoke(now.AddDays(-1), now.AddDays(1), _certificate),
            "list that was changed" => changed,
            "list of the root" => _scene.List(_scene.Root),
            "list that has expired" => _issuer.Revoke(now.AddDays(-2), now.AddDays(-1)),
            "list of the future" => _issuer.Revoke(now.AddDays(1), now.AddDays(2)),
            "certificate" => _issuer.Certificate.RawData,
            "web page" => "<html/>"u8.ToArray(),
            _ => null,
        };
        if (answer is not null)
        {
            _scene.Network.Put(IssuerList, answer);
        }

        Verdict flagged = await ValidateAsync();
        Verdict refused = await ValidateAsync(PolicyAction.Refuse);

        flagged.ShouldBeVerified();
        flagged.OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Flagged);
        refused.ShouldBeRefusedBy(CheckIds.EkCertificateRevocation);
        refused.Refusals.Single().Detail.Should()
            .Contain("Whether '' is revoked is not known").And.Contain("A revocation list could not be fetched from 'crl.maker.example'").And.Contain(words);
        _scene.Network.Requests.Should().HaveCount(2, "what could not be had is remembered for a minute, also what is not right");
    }

    [Fact]
    public async Task A32_LeafThatAnOldFetchedListHas_IsRefused()
    {
        _scene.Network.Put(IssuerList, _issuer.Revoke(_scene.Clock.GetUtcNow().AddDays(-9), _scene.Clock.GetUtcNow().AddDays(-8), _certificate));

        (await ValidateAsync()).ShouldBeRefusedBy(CheckIds.EkCertificateRevocation);
    }

    [Fact]
    public async Task The_next_address_is_asked_where_the_first_does_not_tell()
    {
        string second = FetchScene.Maker + "issuer.crl";
        _scene.Network.PutStatus(IssuerList, HttpStatusCode.ServiceUnavailable);
        _scene.Network.Put(second, _scene.List(_issuer));

        Verdict verdict = (await _scene.ValidateAsync(_scene.Issue(_issuer, lists: ["ldap:///cn=list", IssuerList, second, FetchScene.Maker + "third"]), [_issuer])).Verdict;

        verdict.OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Passed);
        _scene.Network.Requests.Should().Equal(IssuerList, second, RootList);
    }

    [Fact]
    public async Task Nothing_is_fetched_where_a_list_at_hand_tells()
    {
        Verdict good = (await _scene.Validator([_issuer], PolicyAction.Refuse, _scene.List(_issuer), _scene.List(_scene.Root))
            .ValidateAsync(_certificate, _scene.Key.Public, time: _scene.Clock.GetUtcNow())).Verdict;
        Verdict revoked = (await _scene.Validator([_issuer], PolicyAction.Refuse, _scene.List(_issuer, _certificate))
            .ValidateAsync(_certificate, _scene.Key.Public, time: _scene.Clock.GetUtcNow())).Verdict;

        good.ShouldBeVerified();
        revoked.ShouldBeRefusedBy(CheckIds.EkCertificateRevocation);
        _scene.Network.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task A33_ListsOfACertificateThatNoAnchorVouchesFor_AreNotFetched()
    {
        TestAuthority stranger = _scene.Keep(TestAuthority.CreateRoot("CN=Stranger"));

        (await _scene.ValidateAsync(_scene.Issue(stranger, lists: [IssuerList]), presented: [stranger])).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateChain);
        _scene.Network.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task A33_ListsOfACertificateWithAWeakSignature_AreNotFetched()
    {
        X509Extension list = CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([IssuerList]);
        byte[] certificate = _issuer.Issue(
            _scene.Key.CertifiedKey, CertificateDetails.EndorsementKey with { OtherExtensions = [list] }, generator: _issuer.SignWith("sha1"));

        (await _scene.ValidateAsync(certificate, [_issuer])).Verdict.ShouldBeRefusedBy(CheckIds.EkCertificateAlgorithms);
        _scene.Network.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task Lists_are_fetched_for_a_chain_whose_issuer_was_fetched()
    {
        _scene.Network.Put(FetchScene.Maker + "ca.cer", _issuer.Certificate.RawData);
        _scene.Network.Put(IssuerList, _scene.List(_issuer));

        Verdict verdict = (await _scene.ValidateAsync(_scene.Issue(_issuer, [FetchScene.Maker + "ca.cer"], [IssuerList]))).Verdict;

        verdict.OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Passed);
    }

    [Fact]
    public async Task An_authority_whose_older_certificate_is_revoked_is_tried_with_its_newer_one()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        TestAuthority older = Renewed("older");
        TestAuthority newer = Renewed("newer");
        _scene.Network.Put(FetchScene.Maker + "older", _scene.List(_scene.Root, older.Certificate.RawData));
        _scene.Network.Put(FetchScene.Maker + "newer", _scene.List(_scene.Root, older.Certificate.RawData));
        _scene.Network.Put(IssuerList, older.Revoke(_scene.Clock.GetUtcNow().AddDays(-1), _scene.Clock.GetUtcNow().AddDays(1)));

        Verdict verdict = (await _scene.ValidateAsync(_scene.Issue(older, lists: [IssuerList]), [older, newer])).Verdict;

        verdict.ShouldBeVerified();
        verdict.OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Passed);

        TestAuthority Renewed(string path) => _scene.Keep(_scene.Root.CreateIntermediate(
            details: CertificateDetails.Authority with
            {
                OtherExtensions = [CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([FetchScene.Maker + path])],
            },
            key: ECDsa.Create(key.ExportParameters(includePrivateParameters: true))));
    }

    [Fact]
    public async Task A33_ListForFiftyMachinesAtOnce_IsFetchedOnce()
    {
        TaskCompletionSource<HttpResponseMessage> answer = new();
        _scene.Network.Put(IssuerList, _ => answer.Task);
        EndorsementCertificateValidator[] validators = [.. Enumerable.Range(0, 5).Select(_ => _scene.Validator([_issuer]))];
        SoftwareEndorsementKey[] keys = [.. Enumerable.Range(0, 50).Select(_ => _scene.Keep(SoftwareEndorsementKey.Ecc()))];

        Task<EndorsementCertificateResult>[] machines =
        [
            .. keys.Select((key, i) => validators[i % validators.Length].ValidateAsync(
                FetchScene.Issue(_issuer, key, lists: [IssuerList]), key.Public, time: _scene.Clock.GetUtcNow())),
        ];
        _scene.Network.Requests.Should().Equal(IssuerList);
        answer.SetResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(_scene.List(_issuer)) });

        foreach (EndorsementCertificateResult result in await Task.WhenAll(machines))
        {
            result.Verdict.OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Passed);
        }

        _scene.Network.Requests.Should().Equal(IssuerList, RootList);
    }

    [Fact]
    public async Task A33_CallerThatGivesUp_EndsNobodyElsesFetch()
    {
        TaskCompletionSource<HttpResponseMessage> answer = new();
        bool isCancelled = false;
        _scene.Network.Put(IssuerList, token =>
        {
            token.Register(() => isCancelled = true);
            return answer.Task;
        });
        using CancellationTokenSource first = new();
        Task<EndorsementCertificateResult> givesUp = _scene.ValidateAsync(_certificate, [_issuer], cancellationToken: first.Token);
        Task<EndorsementCertificateResult> waits = _scene.ValidateAsync(_certificate, [_issuer]);

        await first.CancelAsync();
        Func<Task> act = () => givesUp;
        await act.Should().ThrowAsync<OperationCanceledException>();
        isCancelled.Should().BeFalse();
        answer.SetResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(_scene.List(_issuer)) });

        (await waits).Verdict.OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Passed);
        _scene.Network.Requests.Should().Equal(IssuerList, RootList);
    }

    [Fact]
    public async Task The_issuer_of_a_caller_that_gave_up_may_be_gone_when_its_list_comes()
    {
        TaskCompletionSource<HttpResponseMessage> answer = new();
        _scene.Network.Put(IssuerList, _ => answer.Task);
        using CancellationTokenSource first = new();
        Task<EndorsementCertificateResult> givesUp = _scene.ValidateAsync(_certificate, presented: [_issuer], cancellationToken: first.Token);
        await first.CancelAsync();
        Func<Task> act = () => givesUp;
        await act.Should().ThrowAsync<OperationCanceledException>();

        Task<EndorsementCertificateResult> waits = _scene.ValidateAsync(_certificate, presented: [_issuer]);
        answer.SetResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(_scene.List(_issuer)) });

        (await waits).Verdict.OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Passed);
    }

    [Fact]
    public async Task A_caller_that_has_given_up_before_causes_no_fetch()
    {
        Func<Task> act = () => _scene.ValidateAsync(_certificate, [_issuer], cancellationToken: new CancellationToken(canceled: true));

        await act.Should().ThrowAsync<OperationCanceledException>();
        _scene.Network.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData(20, 19, 1)]
    [InlineData(20, 20, 2)]
    [InlineData(600, 59, 1)]
    [InlineData(600, 60, 2)]
    public async Task A_list_is_used_until_its_next_update_and_no_longer_than_the_cache_lasts(int nextUpdateMinutes, int afterMinutes, int fetches)
    {
        DateTimeOffset now = _scene.Clock.GetUtcNow();
        _scene.Network.Put(RootList, _scene.Root.Revoke(now.AddDays(-1), now.AddDays(1)));
        _scene.Network.Put(IssuerList, _issuer.Revoke(now.AddDays(-1), now.AddMinutes(nextUpdateMinutes)));

        (await ValidateAsync()).OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Passed);
        _scene.Clock.Advance(TimeSpan.FromMinutes(afterMinutes));
        await ValidateAsync();

        _scene.Network.Requests.Count(address => address == IssuerList).Should().Be(fetches);
    }

    [Fact]
    public async Task A33_ListInTheCachePastItsNextUpdate_IsNotGood()
    {
        DateTimeOffset now = _scene.Clock.GetUtcNow();
        _scene.Network.Put(IssuerList, _issuer.Revoke(now.AddDays(-1), now.AddSeconds(30)));

        (await ValidateAsync()).OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Passed);
        _scene.Clock.Advance(TimeSpan.FromSeconds(31));

        (await ValidateAsync()).OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Flagged);
        _scene.Network.Requests.Count(address => address == IssuerList).Should().Be(1, "it is in the cache for a minute, lest it be fetched for each machine");
    }

    [Fact]
    public async Task Only_lists_that_an_issuer_has_signed_are_kept()
    {
        using TestAuthority twin = _scene.Root.CreateIntermediate();
        _scene.Network.Put(IssuerList, _scene.List(twin));
        await ValidateAsync();
        _scene.Network.Put(IssuerList, _scene.List(_issuer, _certificate));
        _scene.Clock.Advance(TimeSpan.FromMinutes(1));

        (await ValidateAsync()).ShouldBeRefusedBy(CheckIds.EkCertificateRevocation);
    }

    [Fact]
    public void Nothing_is_fetched_by_the_synchronous_method()
    {
        Verdict verdict = _scene.Validator([_issuer]).Validate(_certificate, _scene.Key.Public, time: _scene.Clock.GetUtcNow()).Verdict;

        verdict.OutcomeOf(CheckIds.EkCertificateRevocation).Should().Be(FindingOutcome.Flagged);
        _scene.Network.Requests.Should().BeEmpty();
    }

    private async Task<Verdict> ValidateAsync(PolicyAction unknownRevocation = PolicyAction.Flag) =>
        (await _scene.Validator([_issuer], unknownRevocation).ValidateAsync(_certificate, _scene.Key.Public, time: _scene.Clock.GetUtcNow())).Verdict;
}

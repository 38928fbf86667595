using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HardwareAttestation.Fleet.Tests.Page;

[Collection(PageCollection.Name)]
public sealed partial class DeviceViewTests(PageBrowser browser, PageFleet fleet)
{
    [Fact]
    public async Task A_device_is_reached_from_the_table_and_has_an_address_of_its_own()
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server);
        await tab.Row(PageFleet.Machine).GetByRole(AriaRole.Link).ClickAsync();

        await Expect(tab.Heading).ToHaveTextAsync(PageFleet.Machine);
        await Expect(tab.Heading).ToBeFocusedAsync();
        await Expect(tab.Page).ToHaveTitleAsync($"{PageFleet.Machine} · Fleet");
        tab.Page.Url.Should().EndWith($"#/devices/{PageFleet.Machine}");
        await tab.Page.ReloadAsync();
        await Expect(tab.Heading).ToHaveTextAsync(PageFleet.Machine);
        await tab.Page.GoBackAsync();
        await Expect(tab.Heading).ToHaveTextAsync("Fleet");
    }

    [Theory]
    [InlineData(PageFleet.Machine, "attested", "and nothing that it signed was refused since.")]
    [InlineData(PageFleet.Overdue, "overdue", "ago; expected every 1 h.")]
    [InlineData(PageFleet.Refused, "refused", PageFleet.PcrSentence)]
    [InlineData(PageFleet.Retired, "retired", $"Out of service: Board sent back {PageFleet.Markup}")]
    [InlineData(PageFleet.Revoked, "revoked", "Out of service for good: Stolen from the site in Graz")]
    public async Task A_device_tells_its_state_and_why(string node, string state, string why)
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server, $"#/devices/{node}");

        await Expect(tab.Page.Locator(".standing")).ToContainTextAsync(state);
        await Expect(tab.Page.Locator(".standing")).ToContainTextAsync(why);
        await Expect(tab.Page.Locator("main img")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_certificate_chain_is_shown_from_the_key_to_the_root_with_what_is_thought_of_it()
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server, $"#/devices/{PageFleet.Machine}");
        ILocator chain = tab.Section("Certificate chain");

        await Expect(chain.Locator(".chain li")).ToHaveTextAsync([new Regex("^Endorsement key"), new Regex("^Issuer.*swtpm-localca"), new Regex("^Root.*swtpm-localca-rootca")]);
        await Expect(chain).ToContainTextAsync("Judged now: verified.");
    }

    [Fact]
    public async Task The_trust_class_maker_and_keys_are_shown()
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server, $"#/devices/{PageFleet.Machine}");
        ILocator identity = tab.Section("Identity");

        await Expect(identity).ToContainTextAsync("Software");
        await Expect(identity).ToContainTextAsync("a process that whoever runs it can read");
        await Expect(identity.Locator("div", new() { HasText = "Manufacturer" })).ToContainTextAsync("IBM");
        await Expect(identity.Locator("div", new() { HasText = "Endorsement key id" })).ToContainTextAsync(Sha256());
    }

    [Fact]
    public async Task A_device_without_a_certificate_says_that_nobody_vouches_for_it()
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server, $"#/devices/{PageFleet.Overdue}");

        await Expect(tab.Section("Certificate chain")).ToContainTextAsync("Nobody vouches for this TPM");
        await Expect(tab.Section("Identity")).ToContainTextAsync("trusted on first use");
    }

    [Fact]
    public async Task Boots_are_a_picture_with_silences_and_resets_that_were_not_attested()
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server, $"#/devices/{PageFleet.Machine}");
        ILocator picture = tab.Page.GetByRole(AriaRole.Img, new() { Name = "Boots over time" });

        await Expect(picture).ToBeVisibleAsync();
        await Expect(picture).ToHaveAccessibleDescriptionAsync(new Regex("^7 boots attested since .*Longest silence between boots: 4 d.*3 resets were never attested.*Enrolled anew 1 time"));
        await Expect(picture.Locator("rect.boot")).ToHaveCountAsync(7);
        await Expect(picture.GetByText("+3 not attested")).ToBeVisibleAsync();
        double[][] bars = await picture.Locator("rect.boot").EvaluateAllAsync<double[][]>("bars => bars.map(bar => [bar.x.baseVal.value, bar.width.baseVal.value])");
        double[] gaps = [.. bars.Zip(bars.Skip(1), (bar, next) => next[0] - bar[0] - bar[1])];
        gaps[2].Should().Be(gaps.Max(), "the longest silence is the widest gap").And.BeGreaterThan(50);
    }

    [Fact]
    public async Task Boots_are_a_table_as_well()
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server, $"#/devices/{PageFleet.Machine}");
        await tab.Page.GetByText("The same as a table").ClickAsync();
        ILocator table = tab.Page.GetByRole(AriaRole.Table, new() { Name = "Boots, latest first" });

        await Expect(table.GetByRole(AriaRole.Row)).ToHaveCountAsync(8);
        await Expect(table.GetByRole(AriaRole.Rowheader)).ToHaveTextAsync([Digits(), Digits(), new Regex("^48$"), new Regex("^47$"), new Regex("^43$"), new Regex("^42$"), new Regex("^41$")]);
        await Expect(table.GetByRole(AriaRole.Row).Nth(4)).ToContainTextAsync("4 d");
    }

    [Fact]
    public async Task Each_refusal_has_its_check_and_sentence()
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server, $"#/devices/{PageFleet.Refused}");
        ILocator row = tab.Section("Refusals").GetByRole(AriaRole.Row).Nth(1);

        await Expect(row).ToContainTextAsync("Attestation");
        await Expect(row).ToContainTextAsync("quote.pcr-policy");
        await Expect(row).ToContainTextAsync(PageFleet.PcrSentence);
        await Expect(row).ToContainTextAsync("192.0.2.7 signed by its key");
    }

    [Fact]
    public async Task Refused_attempts_of_others_are_told_beside_the_state_and_leave_it()
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server, $"#/devices/{PageFleet.Attempted}");

        await Expect(tab.Page.Locator(".standing")).ToContainTextAsync("attested");
        await Expect(tab.Page.Locator(".attempts")).ToContainTextAsync(new Regex(@"Refused attempts in its name: 2, last .+ ago from 198\.51\.100\.4\."));
        await Expect(tab.Section("Refusals")).ToContainTextAsync(PageFleet.AttemptSentence);
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "← Fleet" }).ClickAsync();
        await Expect(tab.Row(PageFleet.Attempted)).ToContainTextAsync("from 198.51.100.4");
    }

    [Fact]
    public async Task A_name_that_is_markup_is_shown_as_text_and_is_not_enrolled()
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server);
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = PageFleet.Markup }).ClickAsync();

        await Expect(tab.Heading).ToHaveTextAsync(PageFleet.Markup);
        await Expect(tab.Page.GetByText("No device of this name is enrolled.")).ToBeVisibleAsync();
        await Expect(tab.Section("Refusals")).ToContainTextAsync("enrollment.node");
        await Expect(tab.Page.Locator("main img")).ToHaveCountAsync(0);
    }

    [GeneratedRegex("[0-9a-f]{64}")]
    private static partial Regex Sha256();

    [GeneratedRegex("^[0-9]+$")]
    private static partial Regex Digits();
}

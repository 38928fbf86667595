using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HardwareAttestation.Fleet.Tests.Page;

[Collection(PageCollection.Name)]
public sealed class FleetViewTests(PageBrowser browser, PageFleet fleet)
{
    [Fact]
    public async Task A_wrong_token_is_said_to_be_wrong_and_the_right_one_lets_in_until_sign_out()
    {
        await using OperatorTab tab = await browser.OpenAsync(fleet.Server);
        await Expect(tab.Heading).ToHaveTextAsync("Sign in");
        await tab.Page.GetByLabel("Operator’s token").FillAsync("not-the-token");
        await tab.Button("Sign in").ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The server does not accept this token.");

        await tab.SignInAsync(fleet.Server.Token);
        await Expect(tab.Heading).ToHaveTextAsync("Fleet");
        await tab.Page.ReloadAsync();
        await Expect(tab.Heading).ToHaveTextAsync("Fleet");

        await tab.Button("Sign out").ClickAsync();
        await Expect(tab.Heading).ToHaveTextAsync("Sign in");
        await tab.Page.ReloadAsync();
        await Expect(tab.Heading).ToHaveTextAsync("Sign in");
    }

    [Fact]
    public async Task The_fleet_is_counted_by_state()
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server);

        await Expect(tab.Tile("attested").Locator(".count")).ToHaveTextAsync($"{PageFleet.Others + 1}");
        foreach (string state in (string[])["overdue", "refused", "retired", "revoked"])
        {
            await Expect(tab.Tile(state).Locator(".count")).ToHaveTextAsync("1");
        }

        await Expect(tab.Page.GetByText($"{PageFleet.Others + 5} devices, each to attest every 1 h")).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData("overdue", PageFleet.Overdue)]
    [InlineData("refused", PageFleet.Refused)]
    [InlineData("retired", PageFleet.Retired)]
    [InlineData("revoked", PageFleet.Revoked)]
    public async Task A_tile_shows_the_devices_of_its_state_each_with_the_word_and_a_shape(string state, string node)
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server);
        await tab.Tile(state).ClickAsync();

        await Expect(tab.Page.GetByRole(AriaRole.Rowheader)).ToHaveTextAsync([new System.Text.RegularExpressions.Regex(node)]);
        await Expect(tab.Row(node)).ToContainTextAsync(state);
        await Expect(tab.Row(node).Locator(".chip svg")).ToBeVisibleAsync();
        await Expect(tab.Tile(state)).ToHaveAttributeAsync("aria-current", "true");
    }

    [Fact]
    public async Task Each_state_has_a_shape_of_its_own()
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server);

        IReadOnlyList<string> shapes = await tab.Page.Locator(".tile svg").EvaluateAllAsync<string[]>("shapes => shapes.map(shape => shape.innerHTML)");

        shapes.Should().HaveCount(5).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Devices_are_found_by_the_beginning_of_their_name()
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server);
        await tab.Page.GetByLabel("Name begins with").PressSequentiallyAsync("rack3");

        await Expect(tab.Page.GetByRole(AriaRole.Rowheader)).ToHaveCountAsync(2);
        await Expect(tab.Row(PageFleet.Retired)).ToBeVisibleAsync();
        await Expect(tab.Page.GetByLabel("Name begins with")).ToBeFocusedAsync();

        await tab.Page.GetByLabel("Name begins with").FillAsync("nowhere");
        await Expect(tab.Page.GetByText("No device has a name that begins with “nowhere”.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Pages_lead_forward_and_back()
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server);
        await Expect(tab.Page.GetByRole(AriaRole.Rowheader)).ToHaveCountAsync(50);
        await Expect(tab.Row("shelf4-node10")).ToHaveCountAsync(0);

        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Next" }).ClickAsync();
        await Expect(tab.Page.GetByRole(AriaRole.Rowheader)).ToHaveCountAsync(PageFleet.Others + 5 - 50);
        await Expect(tab.Row("shelf5-node12")).ToBeVisibleAsync();
        await Expect(tab.Row(PageFleet.Machine)).ToHaveCountAsync(0);

        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Previous" }).ClickAsync();
        await Expect(tab.Row(PageFleet.Machine)).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_latest_refusals_are_shown_with_check_and_sentence_as_text_whatever_they_say()
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server);
        ILocator refusals = tab.Section("Latest refusals").GetByRole(AriaRole.Listitem);

        await Expect(refusals).ToHaveCountAsync(5);
        await Expect(refusals.Nth(0)).ToContainTextAsync(PageFleet.Clone);
        await Expect(refusals.Nth(0)).ToContainTextAsync("The endorsement key is of an enrolled device already");
        await Expect(refusals.Nth(0)).ToContainTextAsync("enrollment.ek-free · Enrolment · from 127.0.0.1");
        await Expect(refusals.Nth(1)).ToContainTextAsync(PageFleet.Refused);
        await Expect(refusals.Nth(1)).ToContainTextAsync(PageFleet.PcrSentence);
        await Expect(refusals.Nth(1)).ToContainTextAsync("quote.pcr-policy · Attestation · from 192.0.2.7 · signed by its key");
        await Expect(refusals.Nth(2)).ToContainTextAsync($"The name {PageFleet.Markup} is not well formed.");
        await Expect(refusals.Nth(3)).ToContainTextAsync("unknown machine");
        await Expect(tab.Page.Locator("main img")).ToHaveCountAsync(0);
    }
}

using HardwareAttestation.Verifier;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HardwareAttestation.Fleet.Tests.Page;

/// <summary>What operators do to devices. Each test has a server of its own.</summary>
[Collection(PageCollection.Name)]
public sealed class ActionTests(PageBrowser browser)
{
    private const string Node = "rack1-node1";
    private const int MostTabs = 60;

    [Fact]
    public async Task A_device_is_retired_with_the_keyboard_alone()
    {
        await using PageServer server = await StartAsync();
        await using OperatorTab tab = await browser.OpenAsync(server);
        await Expect(tab.Page.GetByLabel("Operator’s token")).ToBeFocusedAsync();
        await tab.Page.Keyboard.TypeAsync(server.Token);
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Row(Node)).ToBeVisibleAsync();

        await TabToAsync(tab, tab.Row(Node).GetByRole(AriaRole.Link));
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Heading).ToHaveTextAsync(Node);

        // Escape changes nothing, and leads back to where one was.
        await TabToAsync(tab, tab.Button("Retire…"));
        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Dialog.GetByLabel("Why")).ToBeFocusedAsync();
        await tab.Page.Keyboard.PressAsync("Escape");
        await Expect(tab.Dialog).ToHaveCountAsync(0);
        await Expect(tab.Button("Retire…")).ToBeFocusedAsync();

        await tab.Page.Keyboard.PressAsync("Enter");
        await Expect(tab.Dialog).ToHaveAccessibleNameAsync($"Retire {Node}?");
        await tab.Page.Keyboard.TypeAsync("Sold");
        await TabToAsync(tab, tab.Dialog.GetByRole(AriaRole.Button, new() { Name = "Retire" }));
        await tab.Page.Keyboard.PressAsync("Enter");

        await Expect(tab.Page.Locator(".standing")).ToContainTextAsync("Out of service: Sold");
        await Expect(tab.Announcement).ToHaveTextAsync($"{Node} is retired.");
        await Expect(tab.Heading).ToBeFocusedAsync();
        (await server.Seed.Storage.Devices.FindAsync(Node))!.Status.Should().Be(DeviceStatus.Retired);
    }

    [Fact]
    public async Task The_first_tab_offers_to_skip_to_the_content()
    {
        await using PageServer server = await StartAsync();
        await using OperatorTab tab = await browser.SignInAsync(server);
        await tab.Page.ReloadAsync();
        await Expect(tab.Row(Node)).ToBeVisibleAsync();
        await tab.Page.EvaluateAsync("document.activeElement.blur()");
        ILocator skip = tab.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to content" });

        await TabToAsync(tab, skip);
        await tab.Page.Keyboard.PressAsync("Enter");

        await Expect(tab.Page.Locator("main")).ToBeFocusedAsync();
        await Expect(tab.Heading).ToHaveTextAsync("Fleet");
    }

    [Fact]
    public async Task A_retired_device_is_reinstated()
    {
        await using PageServer server = await PageServer.StartAsync(seed => seed.AddAsync(Node, TimeSpan.FromMinutes(1), DeviceStatus.Retired));
        await using OperatorTab tab = await browser.SignInAsync(server, $"#/devices/{Node}");
        await Expect(tab.Page.Locator(".standing")).ToContainTextAsync("Out of service, no reason given.");

        await ConfirmAsync(tab, "Reinstate");

        await Expect(tab.Page.Locator(".standing")).ToContainTextAsync("attested");
        await Expect(tab.Announcement).ToHaveTextAsync($"{Node} is back in service.");
    }

    [Fact]
    public async Task Revoking_wants_a_reason_and_shows_it_as_text()
    {
        await using PageServer server = await StartAsync();
        await using OperatorTab tab = await browser.SignInAsync(server, $"#/devices/{Node}");
        await tab.Button("Revoke…").ClickAsync();
        await tab.Dialog.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await Expect(tab.Dialog.GetByLabel("Why")).ToBeFocusedAsync();

        await tab.Dialog.GetByLabel("Why").FillAsync(PageFleet.Markup);
        await tab.Dialog.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();

        await Expect(tab.Page.Locator(".standing")).ToContainTextAsync($"Out of service for good: {PageFleet.Markup}");
        await Expect(tab.Page.Locator("main img")).ToHaveCountAsync(0);
        // Of a device that is revoked there is only to be rid.
        await Expect(tab.Page.GetByRole(AriaRole.Group, new() { Name = "What you can do" }).GetByRole(AriaRole.Button)).ToHaveTextAsync(["Remove…"]);
    }

    [Theory]
    [InlineData("Allow re-enrolment", "the endorsement key that it has", EnrollmentGrantKind.SameEndorsementKey)]
    [InlineData("Allow replacement", "any endorsement key that is of no other node", EnrollmentGrantKind.AnyEndorsementKey)]
    public async Task A_new_enrolment_is_permitted_for_some_hours_and_the_permission_withdrawn(string action, string key, EnrollmentGrantKind kind)
    {
        await using PageServer server = await StartAsync();
        await using OperatorTab tab = await browser.SignInAsync(server, $"#/devices/{Node}");
        await tab.Button($"{action}…").ClickAsync();
        await tab.Dialog.GetByLabel("For how many hours").FillAsync("48");
        await tab.Dialog.GetByRole(AriaRole.Button, new() { Name = action }).ClickAsync();

        await Expect(tab.Page.Locator(".grant")).ToContainTextAsync($"May be enrolled anew, once, with {key}, for 1 d 23 h more");
        (await server.Seed.Storage.Devices.FindAsync(Node))!.EnrollmentGrant!.Kind.Should().Be(kind);

        await ConfirmAsync(tab, "Withdraw permission");
        await Expect(tab.Page.Locator(".grant")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_removed_device_is_no_longer_enrolled()
    {
        await using PageServer server = await StartAsync();
        await using OperatorTab tab = await browser.SignInAsync(server, $"#/devices/{Node}");

        await ConfirmAsync(tab, "Remove");

        await Expect(tab.Page.GetByText("No device of this name is enrolled.")).ToBeVisibleAsync();
        await Expect(tab.Announcement).ToHaveTextAsync($"{Node} is removed.");
        (await server.Seed.Storage.Devices.FindAsync(Node)).Should().BeNull();
    }

    [Fact]
    public async Task What_the_server_refuses_is_said_in_the_dialog()
    {
        await using PageServer server = await StartAsync();
        await using OperatorTab tab = await browser.SignInAsync(server, $"#/devices/{Node}");
        await tab.Button("Retire…").ClickAsync();
        await new DeviceRegistry(server.Seed.Storage.Devices).RevokeAsync(Node, "Another operator was quicker");

        await tab.Dialog.GetByRole(AriaRole.Button, new() { Name = "Retire" }).ClickAsync();

        await Expect(tab.Dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("revoked");
        await tab.Dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Expect(tab.Page.Locator(".standing")).ToContainTextAsync("Another operator was quicker");
    }

    private static Task<PageServer> StartAsync() => PageServer.StartAsync(seed => seed.AddAsync(Node, TimeSpan.FromMinutes(1)));

    private static async Task ConfirmAsync(OperatorTab tab, string action)
    {
        await tab.Button($"{action}…").ClickAsync();
        await tab.Dialog.GetByRole(AriaRole.Button, new() { Name = action }).ClickAsync();
    }

    /// <summary>Goes on with the Tab key until something has the focus, which must be seen on everything on the way.</summary>
    private static async Task TabToAsync(OperatorTab tab, ILocator wanted)
    {
        for (int i = 0; i < MostTabs; i++)
        {
            await tab.Page.Keyboard.PressAsync("Tab");
            bool isSeen = await tab.Page.EvaluateAsync<bool>(
                "document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== 'none'");
            isSeen.Should().BeTrue("what has the focus should be seen to have it");
            if (await wanted.EvaluateAsync<bool>("element => element === document.activeElement"))
            {
                return;
            }
        }

        throw new InvalidOperationException($"{MostTabs} presses of Tab did not lead to {wanted}.");
    }
}

using HardwareAttestation.Fleet.Tests.Server;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HardwareAttestation.Fleet.Tests.Page;

/// <summary>The page while things happen. Each test has a server of its own.</summary>
[Collection(PageCollection.Name)]
public sealed class UpdateTests(PageBrowser browser)
{
    private const string Node = "rack1-node1";

    [Fact]
    public async Task The_page_updates_by_itself_and_leaves_focus_scroll_and_rows_where_they_are()
    {
        await using PageServer server = await PageServer.StartAsync(async seed =>
        {
            for (int i = 1; i <= 40; i++)
            {
                await seed.AddAsync($"rack1-node{i}", TimeSpan.FromMinutes(i));
            }
        });
        await using OperatorTab tab = await browser.SignInAsync(server, height: 600);
        ILocator link = tab.Row("rack1-node30").GetByRole(AriaRole.Link);
        await link.FocusAsync();
        await tab.MarkAsync();
        double scroll = await tab.Page.EvaluateAsync<double>("window.scrollY");
        scroll.Should().BePositive();

        await server.Seed.RefuseAsync("rack1-node30", "quote.clock", "The boot counters went back.", TimeSpan.Zero, signed: true);

        await Expect(tab.Tile("refused").Locator(".count")).ToHaveTextAsync("1");
        await Expect(tab.Row("rack1-node30")).ToContainTextAsync("refused");
        await Expect(tab.Section("Latest refusals")).ToContainTextAsync("The boot counters went back.");
        await Expect(tab.Announcement).ToHaveTextAsync("39 attested, was 40. 1 refused, was 0.");
        await Expect(link).ToBeFocusedAsync();
        (await tab.Page.EvaluateAsync<double>("window.scrollY")).Should().Be(scroll);
        await tab.ShouldBeTheSameDocumentAsync();
    }

    [Fact]
    public async Task A_machine_shows_up_when_it_enrols_and_its_clone_when_it_is_refused()
    {
        await using PageServer server = await PageServer.StartAsync();
        await using OperatorTab tab = await browser.SignInAsync(server);
        await Expect(tab.Page.GetByText("No device is enrolled yet.")).ToBeVisibleAsync();
        await tab.MarkAsync();

        await using HttpAgent agent = await HttpAgent.StartAsync();
        (await agent.EnrollAsync(server.Agents, Node)).ShouldBeVerified();
        await Expect(tab.Row(Node)).ToContainTextAsync("overdue");
        (await agent.AttestAsync(server.Agents, Node)).ShouldBeVerified();
        await Expect(tab.Row(Node)).ToContainTextAsync("attested");

        await using HttpAgent clone = await HttpAgent.StartAsync();
        await clone.EnrollAsync(server.Agents, "rack9-node9");
        await Expect(tab.Section("Latest refusals")).ToContainTextAsync("enrollment.ek-free");
        await tab.ShouldBeTheSameDocumentAsync();
    }

    [Fact]
    public async Task A_new_boot_shows_up_in_the_picture_that_is_looked_at()
    {
        await using PageServer server = await PageServer.StartAsync(async seed =>
        {
            await seed.AddAsync(Node, TimeSpan.FromMinutes(1), resetCount: 5);
            await seed.AddBootAsync(Node, "e", 5, TimeSpan.FromDays(2), TimeSpan.FromDays(1));
        });
        await using OperatorTab tab = await browser.SignInAsync(server, $"#/devices/{Node}");
        ILocator bars = tab.Page.GetByRole(AriaRole.Img, new() { Name = "Boots over time" }).Locator("rect.boot");
        await Expect(bars).ToHaveCountAsync(1);
        await tab.Page.GetByText("The same as a table").ClickAsync();

        await server.Seed.AddBootAsync(Node, "e", 6, TimeSpan.Zero, TimeSpan.Zero);

        await Expect(bars).ToHaveCountAsync(2);
        await Expect(tab.Page.GetByRole(AriaRole.Figure)).ToContainTextAsync("2 boots attested");
        // The table that was opened stays open.
        await Expect(tab.Page.GetByRole(AriaRole.Table, new() { Name = "Boots, latest first" }).GetByRole(AriaRole.Row)).ToHaveCountAsync(3);
    }

    [Fact]
    public async Task A_lost_server_is_said_with_since_when_and_no_more_once_it_is_back()
    {
        await using PageServer server = await PageServer.StartAsync(seed => seed.AddAsync(Node, TimeSpan.FromMinutes(1)));
        await using OperatorTab tab = await browser.SignInAsync(server);

        await tab.Page.Context.SetOfflineAsync(true);
        await Expect(tab.Lost).ToContainTextAsync("No good answer from the server since 2");
        await Expect(tab.Row(Node)).ToBeVisibleAsync();

        await tab.Page.Context.SetOfflineAsync(false);
        await Expect(tab.Lost).ToBeEmptyAsync();
    }

    [Fact]
    public async Task Nothing_is_asked_while_nobody_looks_and_at_once_when_somebody_does_again()
    {
        await using PageServer server = await PageServer.StartAsync(seed => seed.AddAsync(Node, TimeSpan.FromMinutes(1)));
        await using OperatorTab tab = await browser.OpenAsync(server);
        await tab.Page.Clock.InstallAsync();
        await tab.SignInAsync(server.Token);
        await HideAsync(tab, hidden: true);
        int asked = 0;
        tab.Page.Request += (_, _) => asked++;

        await tab.Page.Clock.RunForAsync("10:00");

        asked.Should().Be(0);
        await tab.Page.RunAndWaitForRequestAsync(() => HideAsync(tab, hidden: false), request => request.Url.EndsWith("/v1/fleet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_operator_whose_token_is_accepted_no_more_is_asked_for_the_new_one()
    {
        await using PageServer server = await PageServer.StartAsync(seed => seed.AddAsync(Node, TimeSpan.FromMinutes(1)));
        await using OperatorTab tab = await browser.SignInAsync(server);

        await tab.Page.RouteAsync("**/v1/**", route => route.FulfillAsync(new() { Status = 401 }));

        await Expect(tab.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The server no longer accepts this token.");
        await Expect(tab.Page.GetByText(Node)).ToHaveCountAsync(0);
    }

    private static Task HideAsync(OperatorTab tab, bool hidden) => tab.Page.EvaluateAsync(
        """
        hidden => {
          Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        }
        """,
        hidden);
}

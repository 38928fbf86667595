using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HardwareAttestation.Fleet.Tests.Page;

/// <summary>A tab of the browser with the page in it, as an operator uses it. When it is closed, nothing must have gone wrong in it.</summary>
internal sealed class OperatorTab : IAsyncDisposable
{
    // What the browser says when a request fails or is refused, which tests do on purpose.
    private const string FailedRequest = "Failed to load resource";

    private readonly List<string> _complaints = [];

    public OperatorTab(IPage page)
    {
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" && !message.Text.StartsWith(FailedRequest, StringComparison.Ordinal))
            {
                _complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => _complaints.Add(error);
        page.Dialog += (_, dialog) =>
        {
            _complaints.Add($"A script opened a dialog: {dialog.Message}");
            _ = dialog.DismissAsync();
        };
    }

    public IPage Page { get; }

    public ILocator Heading => Page.GetByRole(AriaRole.Heading, new() { Level = 1 });

    public ILocator Dialog => Page.GetByRole(AriaRole.Dialog);

    public ILocator Lost => Page.Locator("#lost");

    public ILocator Announcement => Page.Locator("#announcer");

    public async Task SignInAsync(string token)
    {
        await Page.GetByLabel("Operator’s token").FillAsync(token);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeVisibleAsync();
        await Expect(Page.Locator("main")).Not.ToHaveAttributeAsync("aria-busy", "true");
    }

    /// <summary>The tile of a state, with its count.</summary>
    public ILocator Tile(string state) =>
        Page.GetByRole(AriaRole.Navigation, new() { Name = "Devices by state" }).Locator($"a:has(.name:text-is('{state}'))");

    public ILocator Row(string node) => Page.GetByRole(AriaRole.Row).Filter(new() { Has = Page.GetByRole(AriaRole.Rowheader, new() { Name = node }) });

    public ILocator Section(string name) => Page.GetByRole(AriaRole.Region, new() { Name = name, Exact = true });

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name });

    /// <summary>Marks the document, to see later that it was not loaded anew.</summary>
    public Task MarkAsync() => Page.EvaluateAsync("document.documentElement.dataset.mark = 'the same'");

    public async Task ShouldBeTheSameDocumentAsync() =>
        (await Page.EvaluateAsync<string>("document.documentElement.dataset.mark")).Should().Be("the same");

    public async ValueTask DisposeAsync()
    {
        await Page.Context.CloseAsync();
        _complaints.Should().BeEmpty("the page should work without a complaint of the browser, violations of its Content-Security-Policy included");
    }
}

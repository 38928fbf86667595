using Microsoft.Playwright;

namespace HardwareAttestation.Fleet.Tests.Page;

/// <summary>Chromium without a window, for all tests of the page.</summary>
public sealed class PageBrowser : IAsyncLifetime
{
    // As in tests/install-chromium.sh.
    private static readonly string?[] Names = [Environment.GetEnvironmentVariable("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"];

    // No sandbox: it needs rights that containers do not have, and only our own page is shown. The others keep the browser from asking anybody anything.
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    // Longer than the longest pause between two questions of the page, on a machine that is busy with other things.
    private const float Patience = 120_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(Patience);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Find(), Args = Arguments, Timeout = Patience });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>A new tab that knows nothing, at the server's page.</summary>
    internal async Task<OperatorTab> OpenAsync(PageServer server, string address = "", int width = 1440, int height = 1000, ColorScheme scheme = ColorScheme.Light)
    {
        IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = server.Address.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
            TimezoneId = "UTC",
        });
        context.SetDefaultTimeout(Patience);
        IPage page = await context.NewPageAsync();
        OperatorTab tab = new(page);
        await page.GotoAsync("/" + address);
        return tab;
    }

    /// <summary>A new tab of an operator who is signed in.</summary>
    internal async Task<OperatorTab> SignInAsync(PageServer server, string address = "", int width = 1440, int height = 1000, ColorScheme scheme = ColorScheme.Light)
    {
        OperatorTab tab = await OpenAsync(server, address, width, height, scheme);
        await tab.SignInAsync(server.Token);
        return tab;
    }

    private static string Find()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return Names
            .Where(name => !string.IsNullOrEmpty(name))
            .SelectMany(name => Path.IsPathRooted(name) ? [name] : folders.Select(folder => Path.Combine(folder, name!)))
            .FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("No Chromium was found. Run tests/install-chromium.sh, or set CHROMIUM to the browser's path.");
    }
}

/// <summary>The tests that share the browser and the fleet of <see cref="PageFleet"/>, which they leave as it is: one after the other, for a browser is work enough.</summary>
[CollectionDefinition(Name)]
public sealed class PageCollection : ICollectionFixture<PageBrowser>, ICollectionFixture<PageFleet>
{
    public const string Name = "The operators' page";
}

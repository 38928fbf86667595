using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HardwareAttestation.Fleet.Tests.Page;

/// <summary>Leaves pictures of the page in artifacts/screenshots, for people to look at.</summary>
[Collection(PageCollection.Name)]
public sealed class ScreenshotTests(PageBrowser browser, PageFleet fleet)
{
    [Theory]
    [InlineData("fleet", "#/", 1440, ColorScheme.Light)]
    [InlineData("fleet-dark", "#/?prefix=rack", 1440, ColorScheme.Dark)]
    [InlineData("device", $"#/devices/{PageFleet.Machine}", 1440, ColorScheme.Light)]
    [InlineData("device-dark-narrow", $"#/devices/{PageFleet.Refused}", 420, ColorScheme.Dark)]
    public async Task The_page_is_pictured(string name, string address, int width, ColorScheme scheme)
    {
        await using OperatorTab tab = await browser.SignInAsync(fleet.Server, address, width, 1000, scheme);
        await Expect(tab.Page.Locator(".card").First).ToBeVisibleAsync();

        string file = Path.Combine(FindArtifacts(), $"{name}.png");
        byte[] picture = await tab.Page.ScreenshotAsync(new PageScreenshotOptions { FullPage = true, Path = file });

        // PNG, section 11.2.2: the width is in the header, in 4 bytes, big-endian.
        System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(picture.AsSpan(16)).Should().Be(width);
        File.Exists(file).Should().BeTrue();
    }

    private static string FindArtifacts()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "HardwareAttestation.sln")))
        {
            folder = folder.Parent;
        }

        return Directory.CreateDirectory(Path.Combine(folder?.FullName ?? AppContext.BaseDirectory, "artifacts", "screenshots")).FullName;
    }
}

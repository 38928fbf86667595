using System.Text.Json;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace HardwareAttestation.Fleet.Tests.Page;

/// <summary>What people need who do not see the page, or not well.</summary>
[Collection(PageCollection.Name)]
public sealed class AccessibilityTests(PageBrowser browser, PageFleet fleet)
{
    /// <summary>
    /// Each text with too little contrast to what is behind it: at least 4.5 to 1, or 3 to 1 where it is large (WCAG 2.2, 1.4.3), and 3 to 1 for the shapes of states (1.4.11). A canvas
    /// computes colours, since style sheets may write them in any form.
    /// </summary>
    private const string FaintTexts =
        """
        () => {
          const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
          const paint = colors => {
            canvas.clearRect(0, 0, 1, 1);
            for (const color of colors) {
              canvas.fillStyle = color;
              canvas.fillRect(0, 0, 1, 1);
            }
            return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
          };
          const luminance = rgb => rgb
            .map(value => value / 255)
            .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
            .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
          const contrast = (a, b) => {
            const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
            return (light + 0.05) / (dark + 0.05);
          };
          const behind = element => {
            const colors = [];
            for (let at = element; at; at = at.parentElement) {
              colors.unshift(getComputedStyle(at).backgroundColor);
            }
            return ['Canvas', ...colors];
          };
          const faint = [];
          let texts = 0;
          for (const element of document.querySelectorAll('body *')) {
            const isShape = element.matches('.shape .field, .shape .alone');
            const hasText = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
            if (!(hasText || isShape) || !element.checkVisibility() || element.closest('.unseen, .skip, title, desc, [aria-disabled], :disabled')) {
              continue;
            }
            texts++;
            const style = getComputedStyle(element);
            const isSvg = element instanceof SVGElement;
            const background = behind(element);
            const color = isShape && element.matches('.alone') ? style.stroke : isSvg ? style.fill : style.color;
            const size = parseFloat(style.fontSize);
            const isLarge = isShape || size >= 24 || (size >= 18.66 && style.fontWeight >= 600);
            const ratio = contrast(paint([...background, color]), paint(background));
            if (ratio < (isLarge ? 3 : 4.5)) {
              faint.push(`${ratio.toFixed(2)} ${element.localName}.${element.getAttribute('class')}: ${element.textContent}`);
            }
          }
          return texts === 0 ? ['no text at all'] : faint;
        }
        """;

    private static readonly HashSet<string> NamedRoles =
        ["button", "link", "textbox", "searchbox", "spinbutton", "img", "image", "region", "navigation", "table", "dialog", "group", "DisclosureTriangle"];

    public static TheoryData<string> Views => ["#/", $"#/devices/{PageFleet.Machine}", $"#/devices/{PageFleet.Refused}", $"#/devices/{PageFleet.Retired}"];

    [Theory]
    [MemberData(nameof(Views))]
    public async Task Everything_that_is_used_or_told_apart_has_a_name(string address)
    {
        await using OperatorTab tab = await OpenAsync(address);
        (await FindNamelessAsync(tab)).Should().BeEmpty();
    }

    [Fact]
    public async Task The_form_to_sign_in_and_a_dialog_have_names_for_all_too()
    {
        await using OperatorTab tab = await browser.OpenAsync(fleet.Server);
        await Expect(tab.Heading).ToHaveTextAsync("Sign in");
        (await FindNamelessAsync(tab)).Should().BeEmpty();

        await tab.SignInAsync(fleet.Server.Token);
        await tab.Row(PageFleet.Machine).GetByRole(AriaRole.Link).ClickAsync();
        foreach (string action in (string[])["Retire…", "Allow re-enrolment…", "Revoke…"])
        {
            await tab.Button(action).ClickAsync();
            (await FindNamelessAsync(tab)).Should().BeEmpty();
            await Expect(tab.Dialog).ToHaveAccessibleDescriptionAsync(new System.Text.RegularExpressions.Regex("."));
            await tab.Page.Keyboard.PressAsync("Escape");
        }
    }

    [Theory]
    [MemberData(nameof(Views))]
    public async Task Headings_begin_with_one_of_the_first_level_and_skip_none(string address)
    {
        await using OperatorTab tab = await OpenAsync(address);

        int[] levels = await tab.Page.EvaluateAsync<int[]>("[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter(h => h.checkVisibility()).map(h => Number(h.localName[1]))");

        levels[0].Should().Be(1);
        levels.Count(level => level == 1).Should().Be(1);
        levels.Zip(levels.Skip(1), (level, next) => next - level).Should().OnlyContain(step => step <= 1);
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Every_text_and_shape_stands_out_from_what_is_behind_it(ColorScheme scheme)
    {
        await using OperatorTab tab = await browser.OpenAsync(fleet.Server, scheme: scheme);
        await Expect(tab.Heading).ToHaveTextAsync("Sign in");
        (await tab.Page.EvaluateAsync<string[]>(FaintTexts)).Should().BeEmpty();
        await tab.SignInAsync(fleet.Server.Token);

        foreach (string state in (string[])["", "attested", "overdue", "refused", "retired", "revoked"])
        {
            await tab.Page.EvaluateAsync("address => { location.hash = address; }", state == "" ? "#/" : $"#/?state={state}");
            await Expect(tab.Page.Locator(".tile[aria-current]")).ToContainTextAsync(state == "" ? "all" : state);
            await Expect(tab.Page.Locator("main")).Not.ToHaveAttributeAsync("aria-busy", "true");
            (await tab.Page.EvaluateAsync<string[]>(FaintTexts)).Should().BeEmpty($"of {state}");
        }

        foreach (string node in (string[])[PageFleet.Machine, PageFleet.Overdue, PageFleet.Refused, PageFleet.Retired, PageFleet.Revoked])
        {
            await tab.Page.EvaluateAsync("address => { location.hash = address; }", $"#/devices/{node}");
            await Expect(tab.Page.Locator(".standing")).ToBeVisibleAsync();
            await Expect(tab.Heading).ToHaveTextAsync(node);
            (await tab.Page.EvaluateAsync<string[]>(FaintTexts)).Should().BeEmpty($"of {node}");
        }
    }

    [Fact]
    public async Task On_a_narrow_screen_only_tables_scroll_sideways()
    {
        foreach (string address in (string[])["#/", $"#/devices/{PageFleet.Machine}", $"#/devices/{PageFleet.Refused}"])
        {
            await using OperatorTab tab = await browser.SignInAsync(fleet.Server, address, width: 340, height: 800);
            await Expect(tab.Page.Locator(".card").First).ToBeVisibleAsync();

            (await tab.Page.EvaluateAsync<int>("document.documentElement.scrollWidth")).Should().BeLessThanOrEqualTo(340, address);
        }
    }

    private async Task<OperatorTab> OpenAsync(string address)
    {
        OperatorTab tab = await browser.SignInAsync(fleet.Server, address);
        await Expect(tab.Page.Locator(".card").First).ToBeVisibleAsync();
        return tab;
    }

    /// <summary>The roles of what has no name, as the browser tells a screen reader.</summary>
    private static async Task<List<string>> FindNamelessAsync(OperatorTab tab)
    {
        ICDPSession session = await tab.Page.Context.NewCDPSessionAsync(tab.Page);
        JsonElement tree = (await session.SendAsync("Accessibility.getFullAXTree"))!.Value;
        await session.DetachAsync();
        List<string> nameless = [];
        int seen = 0;
        foreach (JsonElement node in tree.GetProperty("nodes").EnumerateArray())
        {
            if (node.GetProperty("ignored").GetBoolean() || node.GetProperty("role").GetProperty("value").GetString() is not { } role || !NamedRoles.Contains(role))
            {
                continue;
            }

            seen++;
            if (!node.TryGetProperty("name", out JsonElement name) || string.IsNullOrWhiteSpace(name.GetProperty("value").GetString()))
            {
                nameless.Add(role);
            }
        }

        seen.Should().BePositive();
        return nameless;
    }
}

using System.Diagnostics.CodeAnalysis;

namespace HardwareAttestation.Verifier;

/// <summary>Which addresses may be asked. Whoever wrote a certificate, or answers for a host, chose them.</summary>
internal sealed class FetchAddressRules(IEnumerable<string> allowedHosts)
{
    private const int LongestAddress = 2048;
    private readonly HashSet<string> _hosts = new(allowedHosts, StringComparer.OrdinalIgnoreCase);

    /// <summary>Says why a host cannot be allowed.</summary>
    /// <returns>The rest of a sentence, or null if it can.</returns>
    public static string? FindFaultOfHost(string? host)
    {
        UriHostNameType type = Uri.CheckHostName(host);
        if (type is not (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6))
        {
            return $"'{PlainText.Of(host ?? "null", 256)}', which is not the name of a host: leave out scheme, port, path and wildcards.";
        }

        // Numbers in other notations and names in other scripts have one form in which they are compared.
        string written = type == UriHostNameType.IPv6 && host![0] != '[' ? $"[{host}]" : host!;
        string? compared = Uri.TryCreate($"http://{written}/", UriKind.Absolute, out Uri? address) ? address.IdnHost : null;
        return string.Equals(compared, host, StringComparison.OrdinalIgnoreCase)
            ? null
            : $"'{PlainText.Of(host!, 256)}', which would never match: write '{compared}'.";
    }

    /// <summary>Reads an address and judges it.</summary>
    /// <param name="text">The address as it is in a certificate.</param>
    /// <param name="address">The address, without a fragment; null if it must not be asked.</param>
    /// <param name="fault">Why it must not be asked, as the rest of a sentence.</param>
    /// <returns>Whether it may be asked.</returns>
    public bool TryParse(string text, [NotNullWhen(true)] out Uri? address, [NotNullWhen(false)] out string? fault)
    {
        address = null;
        if (text.Length > LongestAddress || !Uri.TryCreate(text, UriKind.Absolute, out Uri? parsed))
        {
            fault = "it is not an address, or too long";
            return false;
        }

        fault = FindFault(parsed);
        if (fault is not null)
        {
            return false;
        }

        // What is asked is judged again, so that nothing hangs on how an odd address is read.
        Uri asked = new(parsed.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped));
        fault = FindFault(asked);
        address = fault is null ? asked : null;
        return address is not null;
    }

    /// <summary>Reads the target of a redirect and judges it in the same way.</summary>
    public bool TryParse(Uri from, Uri? target, [NotNullWhen(true)] out Uri? address, [NotNullWhen(false)] out string? fault)
    {
        if (target is not null && Uri.TryCreate(from, target, out Uri? joined))
        {
            return TryParse(joined.AbsoluteUri, out address, out fault);
        }

        address = null;
        fault = "it is not an address";
        return false;
    }

    private string? FindFault(Uri address)
    {
        if (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps)
        {
            return "only http and https are asked";
        }

        if (address.UserInfo.Length > 0 || !address.IsDefaultPort)
        {
            return "addresses with a user or a port of their own are not asked";
        }

        return _hosts.Contains(address.IdnHost)
            ? null
            : $"its host is not in {nameof(EndorsementCertificateFetchOptions.AllowedHosts)}";
    }
}

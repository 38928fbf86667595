using System.Net;
using System.Net.Sockets;

namespace HardwareAttestation.Verifier;

/// <summary>Says where requests come from, for the shares that sources have of the unanswered challenges.</summary>
public static class ChallengeSource
{
    private const int NetworkBytes = 64 / 8;

    /// <summary>
    /// Gives the source that a network address is of: an IPv4 address itself, also where it is written as one of IPv6 (<c>::ffff:192.0.2.7</c>); for IPv6 the /64 network, since whoever has one
    /// address of it mostly has them all.
    /// </summary>
    /// <param name="address">The address of the connection; behind a proxy, the one that the proxy says. Or null.</param>
    /// <returns>The source, such as <c>192.0.2.7</c> or <c>2001:db8::/64</c>; null if the address is.</returns>
    public static string? FromAddress(IPAddress? address)
    {
        if (address is null)
        {
            return null;
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4().ToString();
        }

        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}

using System.Net;
using HardwareAttestation.Verifier;

namespace Fleet.Server.Hosting;

/// <summary>Where requests come from.</summary>
internal static class Sources
{
    private const string Unknown = "unknown";

    /// <summary>The address, for people to read.</summary>
    public static string SourceAddress(this HttpContext context) => Plain(context.Connection.RemoteIpAddress)?.ToString() ?? Unknown;

    /// <summary>
    /// What counts as one source: an address of IPv4, or a /64 network of IPv6, of which whoever has one has 2^64 addresses.
    /// </summary>
    public static string SourceNetwork(this HttpContext context) => NetworkOf(context.Connection.RemoteIpAddress);

    public static string NetworkOf(IPAddress? address) => ChallengeSource.FromAddress(address) ?? Unknown;

    private static IPAddress? Plain(IPAddress? address) => address?.IsIPv4MappedToIPv6 == true ? address.MapToIPv4() : address;
}

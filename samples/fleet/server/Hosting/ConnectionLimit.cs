using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Fleet.Server.Hosting;

/// <summary>
/// How many connections one source may have at once: whoever opens many and says nothing in them takes no room from others. A connection too many is closed unread. Counts are kept of
/// sources with open connections only.
/// </summary>
internal sealed class ConnectionLimit(FleetOptions options)
{
    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);
    private readonly IPNetwork[] _proxies = [.. options.TrustedNetworks()];

    public void Use(ListenOptions listen) => listen.Use(next => connection => ServeAsync(connection, next));

    private async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        IPAddress? address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        if (address is not null && Array.Exists(_proxies, proxy => proxy.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)))
        {
            await next(connection);
            return;
        }

        string source = Sources.NetworkOf(address);
        int open = _open.AddOrUpdate(source, 1, (_, count) => count + 1);
        try
        {
            if (open <= options.ConnectionsPerSource)
            {
                await next(connection);
            }
        }
        finally
        {
            Close(source);
        }
    }

    private void Close(string source)
    {
        int left = _open.AddOrUpdate(source, 0, (_, count) => count - 1);
        if (left == 0)
        {
            // Only if nobody came in the meantime.
            _open.TryRemove(new KeyValuePair<string, int>(source, 0));
        }
    }
}

using System.Globalization;
using System.Net.Sockets;

namespace HardwareAttestation.Client;

/// <summary>Parses device strings, whose words are those of the TCTIs of the TPM world.</summary>
internal static class DeviceString
{
    internal const string DevicePrefix = "device:";
    internal const string Tbs = "tbs";
    private const string Libtpms = "libtpms";

    private const string AcceptedForms =
        "Accepted are device:/dev/tpmrm0, tbs, mssim:host=127.0.0.1,port=2321, swtpm:path=/run/tpm.sock, swtpm:host=127.0.0.1,port=2321 "
        + "and libtpms:dir=/some/state.";

    private const string DefaultHost = "localhost";
    private const int DefaultPort = 2321;

    /// <exception cref="ArgumentException">The string names no device.</exception>
    /// <exception cref="TpmDeviceException">Devices of this kind do not exist on this operating system.</exception>
    internal static ITpmTransport Parse(string device)
    {
        int colon = device.IndexOf(':', StringComparison.Ordinal);
        string kind = colon < 0 ? device : device[..colon];
        string? rest = colon < 0 ? null : device[(colon + 1)..];
        return (kind, rest) switch
        {
            ("device", not null) => ParseDevice(device, rest),
            (Tbs, null) => OpenTbs(),
            ("mssim", _) => ParseSimulator(device, rest),
            ("swtpm", _) => ParseSwtpm(device, rest),
            (Libtpms, _) => ParseLibtpms(device, rest),
            _ => throw Refuse(device, "names no kind of TPM device that is known here"),
        };
    }

    private static LinuxDeviceTransport ParseDevice(string device, string path)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal))
        {
            throw Refuse(device, "has no path");
        }

        return OperatingSystem.IsLinux()
            ? new LinuxDeviceTransport(path)
            : throw new TpmDeviceException(device, "TPM character devices exist on Linux only; on Windows the TPM is reached with 'tbs'.");
    }

    private static TbsTransport OpenTbs() => OperatingSystem.IsWindows()
        ? new TbsTransport()
        : throw new TpmDeviceException(Tbs, "TPM Base Services exist on Windows only; on Linux the TPM is reached with 'device:/dev/tpmrm0'.");

    private static SimulatorTransport ParseSimulator(string device, string? rest)
    {
        Dictionary<string, string> pairs = ParsePairs(device, rest, "host", "port");
        (string host, int port) = ParseEndPoint(device, pairs);
        return port < ushort.MaxValue
            ? new SimulatorTransport(host, port)
            : throw Refuse(device, "leaves no room for the simulator's platform port, which is the one after its port");
    }

    private static SwtpmTransport ParseSwtpm(string device, string? rest)
    {
        Dictionary<string, string> pairs = ParsePairs(device, rest, "path", "host", "port");
        if (!pairs.TryGetValue("path", out string? path))
        {
            (string host, int port) = ParseEndPoint(device, pairs);
            return SwtpmTransport.Tcp(host, port);
        }

        if (pairs.Count > 1)
        {
            throw Refuse(device, "has both a path and a host or port");
        }

        try
        {
            return SwtpmTransport.Unix(new UnixDomainSocketEndPoint(path), path);
        }
        catch (ArgumentException exception)
        {
            throw Refuse(device, "has a path that no Unix socket can have (at most 107 bytes)", exception);
        }
    }

    private static LibtpmsTransport ParseLibtpms(string device, string? rest)
    {
        if (!ParsePairs(device, rest, "dir").TryGetValue("dir", out string? folder) || folder.Contains('\0', StringComparison.Ordinal))
        {
            throw Refuse(device, "has no 'dir', the folder with the TPM's state");
        }

        return OperatingSystem.IsLinux()
            ? new LibtpmsTransport(folder)
            : throw new TpmDeviceException(device, "a TPM of libtpms runs on Linux only; elsewhere use an emulator, 'mssim' or 'swtpm'.");
    }

    private static Dictionary<string, string> ParsePairs(string device, string? text, params ReadOnlySpan<string> keys)
    {
        Dictionary<string, string> pairs = [];
        if (text is null)
        {
            return pairs;
        }

        foreach (string pair in text.Split(','))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? pair : pair[..equals];
            if (!keys.Contains(key))
            {
                throw Refuse(device, key.Length == 0 ? "has a part without a key" : $"has the key '{key}', which is unknown here");
            }

            if (equals < 0 || string.IsNullOrWhiteSpace(pair[(equals + 1)..]))
            {
                throw Refuse(device, $"has no value for '{key}'");
            }

            if (!pairs.TryAdd(key, pair[(equals + 1)..]))
            {
                throw Refuse(device, $"has the key '{key}' more than once");
            }
        }

        return pairs;
    }

    private static (string Host, int Port) ParseEndPoint(string device, Dictionary<string, string> pairs)
    {
        string host = pairs.GetValueOrDefault("host", DefaultHost);
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            throw Refuse(device, $"has the host '{host}', which is neither a name nor an address");
        }

        int port = DefaultPort;
        if (pairs.TryGetValue("port", out string? text)
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > ushort.MaxValue || text.Contains('\0', StringComparison.Ordinal)))
        {
            throw Refuse(device, $"has the port '{text}', which is not a number from 1 to 65535");
        }

        return (host, port);
    }

    private static ArgumentException Refuse(string device, string fault, Exception? cause = null) =>
        new($"The device string '{device}' {fault}. {AcceptedForms}", nameof(device), cause);
}

// Both ways between this SDK and Tpm2Lib, Microsoft's TPM stack.
//   microsoft-tss DEVICE             Tpm2Lib over TpmDevice.Open(DEVICE), e.g. swtpm:path=/run/tpm.sock; then the attestation client over Tpm2Lib over that
//   microsoft-tss --tcp HOST PORT    the attestation client over Tpm2Lib's TcpTpmDevice (Microsoft's simulator)
//   microsoft-tss --linux PATH       ... over Tpm2Lib's LinuxTpmDevice, e.g. /dev/tpmrm0
//   microsoft-tss --tbs              ... over Tpm2Lib's TbsDevice, on Windows
using System.Globalization;
using HardwareAttestation;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using MicrosoftTss;
using Tpm2Lib;

try
{
    switch (args)
    {
        case [var device] when !device.StartsWith('-'):
            await using (ITpmDevice tpm = TpmDevice.Open(device))
            {
                UseTpm2Lib(new TpmDeviceAdapter(tpm, leaveOpen: true));
                await CancelAsync(tpm);
                await UseClientAsync(new TpmDeviceAdapter(tpm, leaveOpen: true));
            }

            break;
        case ["--tcp", var host, var port]:
            TcpTpmDevice simulator = new(host, int.Parse(port, CultureInfo.InvariantCulture));
            StartUp(simulator);
            await UseClientAsync(simulator, hasResourceManager: false);
            break;
        case ["--linux", var path]:
            await UseClientAsync(new LinuxTpmDevice(path), hasResourceManager: path.StartsWith("/dev/tpmrm", StringComparison.Ordinal));
            break;
        case ["--tbs"]:
            await UseClientAsync(new TbsDevice());
            break;
        default:
            Console.Error.WriteLine("Usage: microsoft-tss DEVICE | --tcp HOST PORT | --linux PATH | --tbs");
            return 2;
    }

    return 0;
}
#pragma warning disable CA1031 // Tpm2Lib throws Exception itself, and its LinuxTpmDevice from the constructor.
catch (Exception exception)
#pragma warning restore CA1031
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

// Code written for Tpm2Lib, over a device of this SDK.
static void UseTpm2Lib(TpmDeviceAdapter device)
{
    device.Connect();
    using Tpm2 tpm = new(device);
    Console.WriteLine($"Tpm2Lib: 8 random bytes {Convert.ToHexStringLower(tpm.GetRandom(8))}");
    tpm.PcrRead([new PcrSelection(Tpm2Lib.TpmAlgId.Sha256, [0, 7], pcrCount: 24)], out _, out Tpm2Lib.Tpm2bDigest[] values);
    Console.WriteLine($"Tpm2Lib: PCR 0 {Convert.ToHexStringLower(values[0].buffer)}, PCR 7 {Convert.ToHexStringLower(values[1].buffer)}");
    try
    {
        tpm.FlushContext(new Tpm2Lib.TpmHandle(0x80FFFFFF));
    }
    catch (TpmException exception)
    {
        Console.WriteLine($"Tpm2Lib: a refusal is its own TpmException, 0x{exception.RawResponse:X}");
    }
}

// A caller gives up while the TPM tests itself: his wait ends, and no later command gets the answer.
static async Task CancelAsync(ITpmDevice device)
{
    using Tpm2Device tpm2Device = new TpmDeviceAdapter(device, leaveOpen: true);
    await using Tpm2DeviceAdapter tpm = new(tpm2Device, leaveOpen: true);
    byte[] selfTest = [0x80, 0x01, 0, 0, 0, 11, 0, 0, 0x01, 0x43, 1];
    byte[] getRandom = [0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7B, 0, 8];
    using CancellationTokenSource cancellation = new(TimeSpan.FromMilliseconds(1));
    try
    {
        await tpm.ExecuteAsync(selfTest, new byte[4096], cancellation.Token);
        Console.WriteLine("Cancelled too late: the command had ended.");
    }
    catch (OperationCanceledException)
    {
        Console.WriteLine("Cancelled: the wait ended.");
    }

    int[] sizes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => tpm.ExecuteAsync(getRandom, new byte[4096]).AsTask()));
    Console.WriteLine($"Eight commands at once after that: responses of {string.Join(", ", sizes.Distinct())} bytes.");
}

// The client of this SDK, over a device of Tpm2Lib.
static async Task UseClientAsync(Tpm2Device device, bool? hasResourceManager = null)
{
    await using Tpm2DeviceAdapter tpm = new(device, hasResourceManager: hasResourceManager);
    await using AttestationClient client = new(tpm);
    TpmInfo info = await client.GetTpmInfoAsync();
    Console.WriteLine($"Client over {tpm.Name}: {info.Manufacturer}, resource manager: {(tpm.HasResourceManager ? "yes" : "no")}");
    EndorsementKey endorsementKey = await client.GetEndorsementKeyAsync();
    await using AttestationKey key = await client.CreateAttestationKeyAsync(endorsementKey);
    TpmQuote quote = await key.QuoteAsync(TpmlPcrSelection.Parse("sha256:0,7"), "nonce"u8.ToArray());
    Console.WriteLine($"Client over {tpm.Name}: an attestation key under {endorsementKey.Template}, and a quote of {quote.Attest.Length} bytes");
}

// What firmware does; the simulator has none.
static void StartUp(TcpTpmDevice simulator)
{
    simulator.Connect();
    simulator.PowerCycle();
    new Tpm2(simulator).Startup(Su.Clear);
    simulator.Close();
}

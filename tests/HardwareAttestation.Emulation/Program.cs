// A machine to try things out on: it is on until the input ends or the program is interrupted, and then it is gone.
//   dotnet run --project tests/HardwareAttestation.Emulation [-- tcp]
using HardwareAttestation.Emulation;

if (args is not ([] or ["tcp"]))
{
    Console.Error.WriteLine("Usage: dotnet run --project tests/HardwareAttestation.Emulation [-- tcp]");
    return 2;
}

EmulatedTransport transport = args is ["tcp"] ? EmulatedTransport.Tcp : EmulatedTransport.UnixSocket;
await using TpmManufacturer manufacturer = await TpmManufacturer.CreateAsync().ConfigureAwait(false);
await using EmulatedMachine machine = await manufacturer.ManufactureAsync("machine").ConfigureAwait(false);
await machine.PowerOnAsync(transport).ConfigureAwait(false);

Console.WriteLine(machine.DeviceString);
Console.WriteLine($"root certificate: {manufacturer.RootCertificatePath}");
Console.WriteLine($"issuer certificate: {manufacturer.IssuerCertificatePath}");
Console.WriteLine($"folder of both: {Path.GetDirectoryName(manufacturer.RootCertificatePath)}");
Console.WriteLine("Close the input (Ctrl-D) to power off.");
while (Console.ReadLine() is not null)
{
}

Console.WriteLine("The input has ended: powering off.");
return 0;

namespace HardwareAttestation.Client.Tests;

/// <summary>
/// The test assembly as a process of its own, of which <see cref="Storage.StoreContentionTests"/> starts several: says that it is ready, waits for a line, adds blobs, and writes
/// a 1 for each that it was the first to add. Arguments: the folder, and a number that its blobs are filled with.
/// </summary>
internal static class Program
{
    private static void Main(string[] args)
    {
        Console.WriteLine("ready");
        if (Console.ReadLine() is not null)
        {
            bool[] won = Storage.StoreContentionTests.AddAll(args[0], int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture), () => { });
            Console.WriteLine(string.Concat(won.Select(first => first ? '1' : '0')));
        }
    }
}

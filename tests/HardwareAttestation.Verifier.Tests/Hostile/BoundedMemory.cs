namespace HardwareAttestation.Verifier.Tests.Hostile;

/// <summary>Measures what a call allocates, against the size of what it was given.</summary>
internal static class BoundedMemory
{
    private const long Constant = 1024 * 1024;
    // Texts that are quoted in a message of the platform, in UTF-16 and more than once, take the most.
    private const int Multiple = 32;

    /// <summary>Whether the call takes no more memory than a multiple of its input, and a constant. It must not leave this thread.</summary>
    public static bool IsKept(long inputSize, Action call)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        call();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        allocated.Should().BeLessThan((Multiple * inputSize) + Constant, $"{inputSize} bytes came in");
        return true;
    }
}

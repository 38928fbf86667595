namespace HardwareAttestation.Emulation;

/// <summary>What a relay answers a command with.</summary>
internal sealed record RelayReply(byte[] Response)
{
    /// <summary>After how many bytes of the response the link breaks, if it does.</summary>
    internal int? BreaksOffAfter { get; init; }

    /// <summary>Whether the bytes are sent one by one.</summary>
    internal bool InPieces { get; init; }

    /// <summary>Whether the device must drop the link because of this reply.</summary>
    internal bool IsFaulty { get; init; }

    /// <summary>What is done when the response has been sent whole.</summary>
    internal Action? WhenSent { get; init; }

    /// <summary>The bytes of the response that are sent.</summary>
    internal byte[] Sent => BreaksOffAfter is { } count ? Response[..Math.Min(count, Response.Length)] : Response;
}

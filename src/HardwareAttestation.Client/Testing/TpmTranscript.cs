namespace HardwareAttestation.Client.Testing;

/// <summary>
/// What passed between a program and a TPM, in order: written by <see cref="RecordingTpmDevice"/> on the machine, and played by <see cref="ReplayingTpmDevice"/> at a desk.
/// </summary>
/// <remarks>
/// <para>As text it is one line of JSON about the device and one for each command, with names beside the hexadecimal bytes for whoever reads it; <c>..</c> is a byte that was
/// taken out. The names are not read back.</para>
/// <para>A transcript with secrets holds the seed of all that an <see cref="AttestationClient"/> drew at random for its sessions. With it, anybody reads what the sessions protect:
/// authorisation values that were set or proved, and the secrets of credentials. It also holds the bytes as they were: passwords, sensitive areas, random numbers, what was hashed.
/// Treat it as you treat those. A redacted one (<see cref="Redact"/>) has none of that. It still tells which machine it is: endorsement key and certificate, attestation keys,
/// firmware, PCRs, and whom it answered.</para>
/// </remarks>
public sealed class TpmTranscript
{
    private readonly byte[]? _seed;

    internal TpmTranscript(string device, bool hasResourceManager, byte[]? seed, bool isRedacted, IReadOnlyList<TpmExchange> exchanges)
    {
        Device = device;
        HasResourceManager = hasResourceManager;
        _seed = seed;
        IsRedacted = isRedacted;
        Exchanges = exchanges;
    }

    /// <summary>The <see cref="ITpmDevice.Name"/> of the device that was recorded.</summary>
    public string Device { get; }

    /// <summary>Whether a resource manager stood between that device and the TPM.</summary>
    public bool HasResourceManager { get; }

    /// <summary>Whether the secrets were taken out. What needed a session cannot be replayed then; all else can.</summary>
    public bool IsRedacted { get; }

    /// <summary>The commands and what came of them, in order.</summary>
    public IReadOnlyList<TpmExchange> Exchanges { get; }

    internal ReadOnlySpan<byte> Seed => _seed;

    /// <summary>Reads a transcript from text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The transcript.</returns>
    /// <exception cref="TpmFormatException">The text is not a transcript; the message says in which line.</exception>
    public static TpmTranscript Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        using StringReader reader = new(text);
        return TranscriptText.Read(reader);
    }

    /// <summary>Reads a transcript from a file.</summary>
    /// <param name="path">The file, in UTF-8.</param>
    /// <returns>The transcript.</returns>
    /// <exception cref="TpmFormatException">The file is not a transcript; the message says in which line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TpmTranscript Load(string path)
    {
        using StreamReader reader = new(path);
        return TranscriptText.Read(reader);
    }

    /// <summary>Takes out what is secret.</summary>
    /// <remarks>
    /// Gone are the seed; passwords and HMACs; in known commands the sensitive area of a key that is made, data to be hashed, the secret of a credential, random numbers, and what
    /// an NV index holds unless it is one of the TPM maker's (certificates); in any other command everything but the header. Lengths remain.
    /// </remarks>
    /// <returns>The transcript without it.</returns>
    public TpmTranscript Redact() => new(Device, HasResourceManager, null, isRedacted: true, [.. Exchanges.Select(exchange => exchange.Redact())]);

    /// <summary>Writes the transcript to a new file, which only its owner may read where the system knows owners.</summary>
    /// <param name="path">The file. There must be none.</param>
    /// <exception cref="IOException">There is such a file, or it cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not create it.</exception>
    public void Save(string path)
    {
        using StreamWriter writer = TranscriptText.CreateFile(path);
        WriteTo(writer);
    }

    /// <summary>Writes the transcript as text: with whatever secrets it has.</summary>
    /// <param name="writer">Where to write it; it stays open.</param>
    public void WriteTo(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        TranscriptText.WriteHead(writer, Device, HasResourceManager, Seed, IsRedacted);
        foreach (TpmExchange exchange in Exchanges)
        {
            TranscriptText.Write(writer, exchange);
        }
    }

    /// <summary>Says what it is a transcript of, for a log: nothing of what passed.</summary>
    /// <returns>One line: the device, how many exchanges, and whether it has secrets.</returns>
    public override string ToString() => $"transcript of TPM device {Device}: {Exchanges.Count} exchanges, {(IsRedacted ? "redacted" : "with secrets")}";
}

namespace HardwareAttestation;

/// <summary>
/// A device in front of another: for what records, counts, delays or changes what passes. It forwards everything; a derived class overrides what it is about.
/// </summary>
public abstract class DelegatingTpmDevice : ITpmDevice
{
    private readonly bool _leaveOpen;

    /// <summary>Initializes the device.</summary>
    /// <param name="inner">The device behind this one.</param>
    /// <param name="leaveOpen">Whether <paramref name="inner"/> stays its owner's to dispose of.</param>
    protected DelegatingTpmDevice(ITpmDevice inner, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Inner = inner;
        _leaveOpen = leaveOpen;
    }

    /// <inheritdoc/>
    public virtual string Name => Inner.Name;

    /// <inheritdoc/>
    public virtual bool HasResourceManager => Inner.HasResourceManager;

    /// <summary>The device behind this one.</summary>
    protected ITpmDevice Inner { get; }

    /// <inheritdoc/>
    public virtual ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default) =>
        Inner.ExecuteAsync(command, response, cancellationToken);

    /// <summary>Disposes of the device behind this one, unless that is its owner's to do.</summary>
    /// <returns>When it is done.</returns>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _leaveOpen ? ValueTask.CompletedTask : Inner.DisposeAsync();
    }
}

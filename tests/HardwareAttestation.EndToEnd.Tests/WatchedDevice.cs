using System.Collections.Concurrent;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>A device in front of another that writes down what passes, and lets a test act at each command, counted from one.</summary>
internal sealed class WatchedDevice(ITpmDevice inner) : DelegatingTpmDevice(inner)
{
    private ConcurrentQueue<byte[]> _commands = new();

    /// <summary>The device behind this one: what is sent to it is neither counted nor acted upon.</summary>
    public new ITpmDevice Inner => base.Inner;

    /// <summary>The commands since <see cref="Forget"/>, in their order.</summary>
    public IReadOnlyList<byte[]> Commands => [.. _commands];

    /// <summary>Done instead of sending a command, if it throws, or else before.</summary>
    public Func<int, Task>? BeforeSending { get; set; }

    /// <summary>Done when a command was answered, before the client gets the answer.</summary>
    public Action<int>? AfterAnswer { get; set; }

    /// <summary>Gives what the client gets in place of an answer.</summary>
    public Func<int, byte[], byte[]>? ChangeAnswer { get; set; }

    /// <summary>Counts from one again, and acts no more.</summary>
    public void Forget()
    {
        _commands = new();
        BeforeSending = null;
        AfterAnswer = null;
        ChangeAnswer = null;
    }

    public override async ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
    {
        _commands.Enqueue(command.ToArray());
        int number = _commands.Count;
        if (BeforeSending is { } before)
        {
            await before(number).ConfigureAwait(false);
        }

        int size = await base.ExecuteAsync(command, response, cancellationToken).ConfigureAwait(false);
        AfterAnswer?.Invoke(number);
        if (ChangeAnswer is { } change)
        {
            byte[] changed = change(number, response[..size].ToArray());
            changed.CopyTo(response);
            return changed.Length;
        }

        return size;
    }
}

using HardwareAttestation.Emulation;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>
/// A relay that is a character device as far as the device under test can see. After a fault there is a new device under the same path,
/// because a kernel's driver forgets what was not read when its device is closed, and a terminal does not.
/// </summary>
internal sealed class CharacterDeviceRelay : TpmRelay
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("relay-");
    private readonly List<Line> _lines = [];
    private readonly Lock _lock = new();

    internal CharacterDeviceRelay(EmulatedMachine machine, string fileName)
        : base(machine)
    {
        Path = System.IO.Path.Combine(_folder.FullName, fileName);
        OpenLine();
    }

    internal override string DeviceString => $"device:{Path}";

    internal string Path { get; }

    public override async ValueTask DisposeAsync()
    {
        foreach (Line line in _lines)
        {
            await line.HangUpAsync();
        }

        _folder.Delete(recursive: true);
    }

    private void OpenLine()
    {
        Line line = new();
        lock (_lock)
        {
            _lines.Add(line);
            File.Delete(Path);
            File.CreateSymbolicLink(Path, line.DevicePath);
        }

        line.Serve(command => ReplyAsync(line, command));
    }

    private async Task ReplyAsync(Line line, byte[] command)
    {
        RelayReply reply = await AnswerAsync(command);
        if (reply.IsFaulty)
        {
            OpenLine();
        }

        await line.WriteAsync(stream => WriteAsync(stream, reply.Sent, reply));
        if (reply.BreaksOffAfter is not null)
        {
            await line.HangUpAsync();
        }

        reply.WhenSent?.Invoke();
    }

    /// <summary>One terminal, and the thread that reads from it.</summary>
    private sealed class Line
    {
        private readonly PseudoTerminal _terminal = new();
        private readonly SemaphoreSlim _writing = new(1, 1);
        private readonly TaskCompletionSource _readerEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _hungUp;

        internal string DevicePath => _terminal.DevicePath;

        internal void Serve(Func<byte[], Task> reply)
        {
            // A thread of its own, because it blocks for as long as nothing comes.
            new Thread(() => Read(reply)) { IsBackground = true }.Start();
        }

        internal async Task WriteAsync(Func<Stream, Task> write)
        {
            await _writing.WaitAsync();
            try
            {
                if (!Volatile.Read(ref _hungUp))
                {
                    await write(_terminal.Stream);
                }
            }
            finally
            {
                _writing.Release();
            }
        }

        internal async Task HangUpAsync()
        {
            await _writing.WaitAsync();
            try
            {
                if (Interlocked.Exchange(ref _hungUp, true))
                {
                    return;
                }

                _terminal.WakeReader();
                await _readerEnded.Task;
                _terminal.Dispose();
            }
            finally
            {
                _writing.Release();
            }
        }

        private void Read(Func<byte[], Task> reply)
        {
            byte[] buffer = new byte[4096];
            int received = 0;
            while (true)
            {
                received += _terminal.Stream.Read(buffer, received, buffer.Length - received);
                if (Volatile.Read(ref _hungUp))
                {
                    _readerEnded.SetResult();
                    return;
                }

                if (received >= 10 && received >= System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(2)))
                {
                    _ = reply(buffer[..received]);
                    received = 0;
                }
            }
        }
    }
}

using System.Buffers.Binary;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>
/// A small resource manager, as the kernel has one behind <c>/dev/tpmrm0</c>: each client has handles and sessions of its own. Objects and sessions are in the TPM for the commands
/// that use them and are saved otherwise (TPM2_ContextSave), so that each client has all of the TPM's slots.
/// </summary>
internal sealed class ResourceManager(ITpmDevice tpm)
{
    private const int HeaderSize = 10;

    // TPM_RC_HANDLE of the first handle.
    private const uint NoSuchHandle = 0x18B;

    // TPM 2.0 Library, Part 3: how many handles stand in a command, and whether one stands in its response.
    private static readonly Dictionary<TpmCommandCode, (int Handles, bool Returns)> Commands = new()
    {
        [TpmCommandCode.ActivateCredential] = (2, false),
        [TpmCommandCode.Certify] = (2, false),
        [TpmCommandCode.Create] = (1, false),
        [TpmCommandCode.CreatePrimary] = (1, true),
        [TpmCommandCode.EvictControl] = (2, false),
        [TpmCommandCode.GetCapability] = (0, false),
        [TpmCommandCode.GetTime] = (2, false),
        [TpmCommandCode.Hash] = (0, false),
        [TpmCommandCode.HashSequenceStart] = (0, true),
        [TpmCommandCode.Load] = (1, true),
        [TpmCommandCode.NV_Certify] = (3, false),
        [TpmCommandCode.NV_Read] = (2, false),
        [TpmCommandCode.NV_ReadPublic] = (1, false),
        [TpmCommandCode.PCR_Read] = (0, false),
        [TpmCommandCode.PolicyOR] = (1, false),
        [TpmCommandCode.PolicySecret] = (2, false),
        [TpmCommandCode.Quote] = (1, false),
        [TpmCommandCode.ReadPublic] = (1, false),
        [TpmCommandCode.SequenceComplete] = (1, false),
        [TpmCommandCode.SequenceUpdate] = (1, false),
        [TpmCommandCode.Sign] = (1, false),
        [TpmCommandCode.StartAuthSession] = (2, true),
    };

    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>A device for one client.</summary>
    public ITpmDevice Connect() => new Space(this);

    private async Task<byte[]> SendAsync(byte[] command)
    {
        byte[] response = new byte[4096];
        int size = await tpm.ExecuteAsync(command, response).ConfigureAwait(false);
        return response[..size];
    }

    private async Task<byte[]> SendAsync(TpmCommandCode code, byte[] body)
    {
        byte[] response = await SendAsync(Message((uint)code, body)).ConfigureAwait(false);
        return ReadWord(response, 6) == 0
            ? response[HeaderSize..]
            : throw new TpmCommandException(code, new TpmResponseCode(ReadWord(response, 6)));
    }

    private static byte[] Message(uint code, byte[] body)
    {
        TpmHeader header = new(TpmSt.NoSessions, HeaderSize + body.Length, code);
        return [.. header.Encode(), .. body];
    }

    private static byte[] Word(uint value)
    {
        byte[] bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static uint ReadWord(byte[] message, int position) => BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(position));

    /// <summary>What one client has in the TPM.</summary>
    private sealed class Space(ResourceManager manager) : ITpmDevice
    {
        // Handles that the TPM itself never gives.
        private uint _nextObject = 0x80FFFF00;

        // Contexts by the client's handles, which for sessions are the TPM's.
        private readonly Dictionary<TpmHandle, byte[]> _saved = [];

        public string Name => "managed";

        public bool HasResourceManager => true;

        public async ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
        {
            await manager._turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            try
            {
                byte[] answer = await ExecuteAsync(command.ToArray()).ConfigureAwait(false);
                answer.CopyTo(response);
                return answer.Length;
            }
            finally
            {
                manager._turn.Release();
            }
        }

        // As at the end of a process.
        public async ValueTask DisposeAsync()
        {
            await manager._turn.WaitAsync().ConfigureAwait(false);
            foreach (TpmHandle session in _saved.Keys.Where(handle => handle.IsSession))
            {
                await FlushAsync(session).ConfigureAwait(false);
            }

            _saved.Clear();
            manager._turn.Release();
        }

        private async Task<byte[]> ExecuteAsync(byte[] command)
        {
            var code = (TpmCommandCode)ReadWord(command, 6);
            if (code == TpmCommandCode.FlushContext)
            {
                return await ForgetAsync(new TpmHandle(ReadWord(command, HeaderSize))).ConfigureAwait(false);
            }

            (int handles, bool returns) = Commands[code];
            List<int> positions = [.. Enumerable.Range(0, handles).Select(index => HeaderSize + (index * sizeof(uint)))];
            if (TpmHeader.ReadWhole(command).Tag == TpmSt.Sessions)
            {
                positions.AddRange(FindSessions(command, HeaderSize + (handles * sizeof(uint))));
            }

            // The TPM's handles by the client's.
            Dictionary<TpmHandle, TpmHandle> loaded = [];
            foreach (int position in positions)
            {
                TpmHandle handle = new(ReadWord(command, position));
                if (!handle.IsTransient && !handle.IsSession)
                {
                    continue;
                }

                if (!loaded.ContainsKey(handle) && !_saved.ContainsKey(handle))
                {
                    await SaveAsync(loaded).ConfigureAwait(false);
                    return Message(NoSuchHandle, []);
                }

                if (!loaded.TryGetValue(handle, out TpmHandle real))
                {
                    real = new TpmHandle(ReadWord(await manager.SendAsync(TpmCommandCode.ContextLoad, _saved[handle]).ConfigureAwait(false), 0));
                    loaded.Add(handle, real);
                }

                Word(real.Value).CopyTo(command, position);
            }

            byte[] response = await manager.SendAsync(command).ConfigureAwait(false);
            if (ReadWord(response, 6) == 0)
            {
                if (returns)
                {
                    TpmHandle real = new(ReadWord(response, HeaderSize));
                    TpmHandle given = real.IsTransient ? new TpmHandle(_nextObject--) : real;
                    Word(given.Value).CopyTo(response, HeaderSize);
                    loaded.Add(given, real);
                }
                else if (code == TpmCommandCode.SequenceComplete)
                {
                    TpmHandle sequence = loaded.Single(entry => entry.Value.Value == ReadWord(command, HeaderSize)).Key;
                    loaded.Remove(sequence);
                    _saved.Remove(sequence);
                }
            }

            await SaveAsync(loaded).ConfigureAwait(false);
            return response;
        }

        private async Task<byte[]> ForgetAsync(TpmHandle handle)
        {
            if (!_saved.Remove(handle))
            {
                return Message(NoSuchHandle, []);
            }

            if (handle.IsSession)
            {
                await FlushAsync(handle).ConfigureAwait(false);
            }

            return Message(0, []);
        }

        // Saving takes a session out of the TPM, and leaves an object in it.
        private async Task SaveAsync(Dictionary<TpmHandle, TpmHandle> loaded)
        {
            foreach ((TpmHandle given, TpmHandle real) in loaded)
            {
                _saved[given] = await manager.SendAsync(TpmCommandCode.ContextSave, Word(real.Value)).ConfigureAwait(false);
                if (real.IsTransient)
                {
                    await FlushAsync(real).ConfigureAwait(false);
                }
            }
        }

        private Task FlushAsync(TpmHandle handle) => manager.SendAsync(TpmCommandCode.FlushContext, Word(handle.Value));

        // TPMS_AUTH_COMMAND: handle, nonce, attributes, HMAC.
        private static IEnumerable<int> FindSessions(byte[] command, int areaPosition)
        {
            int position = areaPosition + sizeof(uint);
            int end = position + (int)ReadWord(command, areaPosition);
            while (position < end)
            {
                yield return position;
                position += sizeof(uint);
                position += sizeof(ushort) + BinaryPrimitives.ReadUInt16BigEndian(command.AsSpan(position)) + 1;
                position += sizeof(ushort) + BinaryPrimitives.ReadUInt16BigEndian(command.AsSpan(position));
            }
        }
    }
}

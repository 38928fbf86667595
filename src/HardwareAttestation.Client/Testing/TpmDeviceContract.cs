using System.Security.Cryptography;
using System.Text;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Testing;

/// <summary>
/// What any <see cref="ITpmDevice"/> must do over a TPM that behaves, to run in the tests of whoever writes one. Needs no test framework, and a TPM that was started: an emulated one,
/// for instance. It sends TPM2_GetRandom and TPM2_Hash, and changes nothing.
/// </summary>
/// <remarks>What a device does when it is cancelled in the middle of a command, or its link breaks, is not seen here.</remarks>
public static class TpmDeviceContract
{
    private const int CommandsOfCaller = 10;
    private const int RandomSize = 16;
    private const int UnknownCommand = 0x20FFFFFF;

    // Too short, and with a size that is not its own.
    private static readonly byte[][] Malformed =
    [
        [],
        [0x80, 0x01, 0, 0, 0, 9, 0, 0, 0x01],
        [0x80, 0x01, 0, 0, 0, 13, 0, 0, 0x01, 0x7B, 0, RandomSize],
        [0x80, 0x01, 0, 0, 0, 11, 0, 0, 0x01, 0x7B, 0, RandomSize],
        [0x80, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0x01, 0x7B, 0, RandomSize],
    ];

    private static readonly ContractRule<ITpmDevice>[] Rules =
    [
        new("A command gets its response", AnswersAsync),
        new("Commands that are sent at once each get their own response", (device, expect) => AnswerEachAsync(device, expect, CancellationToken.None)),
        new("Commands that can be cancelled and are sent at once each get their own response", AnswersEachCancellableAsync),
        new("A refusal of the TPM is a response", AnswersRefusalsAsync),
        new("A response that does not fit is refused, and the device stays in step", RefusesSmallBuffersAsync),
        new("A malformed command is refused, and the device stays in step", RefusesMalformedAsync),
        new("A call that was cancelled before is not answered, and the device stays in step", LooksAtTokensAsync),
        new("A device has a name, and keeps it", KeepsNameAsync),
        new("A device that was disposed of says so", RefusesLateCallsAsync),
        new("A device that was never used can be disposed of, and says so", RefusesCallsAfterNothingAsync),
        new("Disposing twice is disposing once", DisposesOnceAsync),
    ];

    /// <summary>Gives the rules, to run each by itself.</summary>
    /// <returns>The rules.</returns>
    public static IReadOnlyList<ContractRule<ITpmDevice>> GetRules() => Array.AsReadOnly(Rules);

    /// <summary>Runs all rules.</summary>
    /// <param name="createDevice">Makes a device that is not used yet; called for each rule. What it makes is disposed of.</param>
    /// <returns>When the device has kept every rule.</returns>
    /// <exception cref="ContractException">It has not kept one; the message says which, and what it did instead.</exception>
    public static Task VerifyAsync(Func<Task<ITpmDevice>> createDevice) => ContractRule<ITpmDevice>.VerifyAllAsync(Rules, createDevice);

    private static async Task AnswersAsync(ITpmDevice device, ContractExpectation expect)
    {
        byte[] response = new byte[TpmWire.MaximumSize];
        int size = await device.ExecuteAsync(GetRandom(), response).ConfigureAwait(false);
        const int Expected = TpmHeader.Size + sizeof(ushort) + RandomSize;
        expect.That(size == Expected, $"the response to TPM2_GetRandom of {RandomSize} bytes has {size} bytes, and {Expected} were expected.");
        TpmResponseCode code = TpmHeader.ReadResponseCode(response);
        expect.That(code.IsSuccess, $"TPM2_GetRandom was answered with {code}");
    }

    private static Task<bool[]> AnswerEachAsync(ITpmDevice device, ContractExpectation expect, CancellationToken cancellationToken) =>
        ContractExpectation.AtOnceAsync(async caller =>
        {
            for (int i = 0; i < CommandsOfCaller; i++)
            {
                await IsInStepAsync(device, expect, $"command {i} of caller {caller}", cancellationToken).ConfigureAwait(false);
            }

            return true;
        });

    private static async Task AnswersEachCancellableAsync(ITpmDevice device, ContractExpectation expect)
    {
        using CancellationTokenSource source = new();
        await AnswerEachAsync(device, expect, source.Token).ConfigureAwait(false);
    }

    private static async Task AnswersRefusalsAsync(ITpmDevice device, ContractExpectation expect)
    {
        byte[] response = new byte[TpmWire.MaximumSize];
        int size = await device.ExecuteAsync(Command(UnknownCommand, []), response).ConfigureAwait(false);
        expect.That(size == TpmHeader.Size, $"the refusal of a command that no TPM has is of {size} bytes, and {TpmHeader.Size} were expected.");
        TpmResponseCode code = TpmHeader.ReadResponseCode(response);
        expect.That(code.Error == TpmRc.CommandCode, $"a command that no TPM has was answered with {code}");
    }

    private static async Task RefusesSmallBuffersAsync(ITpmDevice device, ContractExpectation expect)
    {
        byte[] small = new byte[TpmHeader.Size + sizeof(ushort) + RandomSize - 1];
        await expect.ThrowsAsync<ArgumentException>(
            async () => await device.ExecuteAsync(GetRandom(), small).ConfigureAwait(false), "a response that does not fit").ConfigureAwait(false);
        await IsInStepAsync(device, expect, "afterwards").ConfigureAwait(false);
    }

    private static async Task RefusesMalformedAsync(ITpmDevice device, ContractExpectation expect)
    {
        foreach (byte[] command in Malformed)
        {
            await expect.ThrowsAsync<ArgumentException>(
                async () => await device.ExecuteAsync(command, new byte[TpmWire.MaximumSize]).ConfigureAwait(false),
                $"the malformed command '{Convert.ToHexStringLower(command)}'").ConfigureAwait(false);
            await IsInStepAsync(device, expect, "afterwards").ConfigureAwait(false);
        }
    }

    private static async Task LooksAtTokensAsync(ITpmDevice device, ContractExpectation expect)
    {
        await expect.ThrowsAsync<OperationCanceledException>(
            () => IsInStepAsync(device, expect, "never", new CancellationToken(canceled: true)), "a call that was cancelled before").ConfigureAwait(false);
        await IsInStepAsync(device, expect, "afterwards").ConfigureAwait(false);
    }

    private static async Task KeepsNameAsync(ITpmDevice device, ContractExpectation expect)
    {
        string name = device.Name;
        bool hasResourceManager = device.HasResourceManager;
        expect.That(!string.IsNullOrWhiteSpace(name), "it has no name.");
        await IsInStepAsync(device, expect, "a command").ConfigureAwait(false);
        await device.DisposeAsync().ConfigureAwait(false);
        expect.That(device.Name == name, $"its name was '{name}' and is '{device.Name}'.");
        expect.That(device.HasResourceManager == hasResourceManager, "whether it has a resource manager has changed.");
    }

    private static async Task RefusesLateCallsAsync(ITpmDevice device, ContractExpectation expect)
    {
        await IsInStepAsync(device, expect, "before").ConfigureAwait(false);
        await RefusesCallsAfterNothingAsync(device, expect).ConfigureAwait(false);
    }

    private static async Task RefusesCallsAfterNothingAsync(ITpmDevice device, ContractExpectation expect)
    {
        await device.DisposeAsync().ConfigureAwait(false);
        await expect.ThrowsAsync<ObjectDisposedException>(() => IsInStepAsync(device, expect, "late"), "a call to a device that was disposed of").ConfigureAwait(false);
    }

    private static async Task DisposesOnceAsync(ITpmDevice device, ContractExpectation expect)
    {
        await IsInStepAsync(device, expect, "before").ConfigureAwait(false);
        await device.DisposeAsync().ConfigureAwait(false);
        await device.DisposeAsync().ConfigureAwait(false);
    }

    // Has the TPM hash a text: the response tells which command it answers.
    private static async Task IsInStepAsync(ITpmDevice device, ContractExpectation expect, string text, CancellationToken cancellationToken = default)
    {
        byte[] data = Encoding.UTF8.GetBytes(text);
        byte[] response = new byte[TpmWire.MaximumSize];
        int size = await device.ExecuteAsync(Hash(data), response, cancellationToken).ConfigureAwait(false);
        const int Before = TpmHeader.Size + sizeof(ushort);
        expect.That(
            size >= Before + SHA256.HashSizeInBytes
            && TpmHeader.ReadResponseCode(response).IsSuccess
            && response.AsSpan(Before, SHA256.HashSizeInBytes).SequenceEqual(SHA256.HashData(data)),
            $"the response to TPM2_Hash of '{text}' is not its own: {Convert.ToHexStringLower(response.AsSpan(0, Math.Clamp(size, 0, response.Length)))}");
    }

    private static byte[] GetRandom() => Command((uint)TpmCommandCode.GetRandom, [0, RandomSize]);

    private static byte[] Hash(ReadOnlySpan<byte> data)
    {
        byte[] buffer = new byte[TpmWire.MaximumSize];
        TpmWriter writer = new(buffer);
        writer.WriteSized(data);
        writer.WriteAlgorithm(TpmAlgId.Sha256);
        writer.WriteHandle(TpmHandle.Null);
        return Command((uint)TpmCommandCode.Hash, writer.Written);
    }

    private static byte[] Command(uint code, ReadOnlySpan<byte> parameters)
    {
        byte[] command = new byte[TpmHeader.Size + parameters.Length];
        TpmWriter writer = new(command);
        writer.WriteUInt16((ushort)TpmSt.NoSessions);
        writer.WriteUInt32((uint)command.Length);
        writer.WriteUInt32(code);
        writer.WriteBytes(parameters);
        return command;
    }
}

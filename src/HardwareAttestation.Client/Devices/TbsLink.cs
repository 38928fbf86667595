using System.Runtime.Versioning;

namespace HardwareAttestation.Client;

/// <summary>A context of Windows' TPM Base Services. Windows flushes what was loaded in it when it is closed.</summary>
[SupportedOSPlatform("windows")]
internal sealed class TbsLink(nint context) : BlockingTpmLink
{
    protected override int Exchange(ReadOnlySpan<byte> command, Span<byte> response)
    {
        uint length = (uint)response.Length;
        uint result = TbsNative.SubmitCommand(
            context, TbsNative.LocalityZero, TbsNative.PriorityNormal, command, (uint)command.Length, response, ref length);
        return TbsNative.Complete(result, length, response);
    }

    protected override void Interrupt() => _ = TbsNative.CancelCommands(context);

    protected override void Close() => _ = TbsNative.CloseContext(context);
}

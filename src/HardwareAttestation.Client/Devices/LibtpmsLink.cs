using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace HardwareAttestation.Client;

/// <summary>
/// A TPM of libtpms under power, in this process. libtpms keeps all that it has in global variables, so there is one at a time. Closing it is
/// shutting it down in order.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed unsafe class LibtpmsLink : BlockingTpmLink
{
    // TPM2_Shutdown(TPM_SU_CLEAR).
    private static readonly byte[] ShutdownClear = [0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x45, 0, 0];

    // Callbacks have no argument that could say whose they are. It belongs to the one link from before power-on until after power-off.
    private static LibtpmsState? _current;

    private readonly string _device;
    private readonly LibtpmsState _state;
    private byte* _response;
    private uint _responseCapacity;

    private LibtpmsLink(string device, LibtpmsState state)
    {
        _device = device;
        _state = state;
    }

    /// <summary>Powers on the TPM whose state is in a folder, or a new one where there is none.</summary>
    /// <exception cref="TpmDeviceException">libtpms is missing or busy, or the state cannot be used.</exception>
    internal static LibtpmsLink Open(string device, string folder)
    {
        LibtpmsState state = LibtpmsState.Open(device, folder);
        if (Interlocked.CompareExchange(ref _current, state, null) is not null)
        {
            state.Dispose();
            throw new TpmDeviceException(
                device, "libtpms is in use: it is one TPM per process. Dispose of the other libtpms device first, or use swtpm, which is one process per TPM.");
        }

        try
        {
            PowerOn(device, folder, state);
            return new LibtpmsLink(device, state);
        }
        catch
        {
            Release(state);
            throw;
        }
    }

    protected override int Exchange(ReadOnlySpan<byte> command, Span<byte> response)
    {
        uint result = LibtpmsNative.Process(ref _response, out uint length, ref _responseCapacity, command, (uint)command.Length);
        if (_state.Failure is { } failure)
        {
            throw new TpmDeviceException(
                _device, $"the TPM's state could not be saved: {failure.Message} The next command powers the TPM on anew, as it was saved last.", failure);
        }

        if (result != 0 || length > response.Length)
        {
            throw new TpmDeviceException(_device, $"libtpms ended the command with result 0x{result:X} and {length} bytes. The next command powers the TPM on anew.");
        }

        Span<byte> answer = new(_response, (int)length);
        answer.CopyTo(response);
        answer.Clear();
        return (int)length;
    }

    protected override void Interrupt() => _ = LibtpmsNative.CancelCommand();

    protected override void Close()
    {
        // What it answers concerns nobody any more; a TPM that failed stays as it was saved last.
        _ = LibtpmsNative.Process(ref _response, out _, ref _responseCapacity, ShutdownClear, (uint)ShutdownClear.Length);
        LibtpmsNative.PowerOff();
        NativeMemory.Free(_response);
        _response = null;
        Release(_state);
    }

    private static void PowerOn(string device, string folder, LibtpmsState state)
    {
        uint result;
        try
        {
            LibtpmsNative.Callbacks callbacks = new(&Initialize, &Load, &Store, &Delete);
            result = LibtpmsNative.ChooseVersion(LibtpmsNative.Version20);
            result = result != 0 ? result : LibtpmsNative.RegisterCallbacks(callbacks);
            if (result == 0 && (result = LibtpmsNative.PowerOn()) != 0)
            {
                LibtpmsNative.PowerOff();
            }
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new TpmDeviceException(
                device, $"{LibtpmsNative.Library} of version 0.6 or later was not found. Install it: package libtpms0 on Debian and Ubuntu, libtpms elsewhere.", exception);
        }

        if (result != 0 || state.Failure is not null)
        {
            string reason = state.Failure is { } failure ? failure.Message : $"libtpms answered 0x{result:X}.";
            throw new TpmDeviceException(
                device,
                $"the TPM with its state in {folder} could not be powered on: {reason} Its files may be damaged or of a later libtpms; an empty folder gives a new TPM.",
                state.Failure);
        }
    }

    private static void Release(LibtpmsState state)
    {
        state.Dispose();
        Volatile.Write(ref _current, null);
    }

    // An exception that reached native code would end the process.
    private static uint Run(Func<LibtpmsState, uint> action)
    {
        LibtpmsState state = _current!;
        try
        {
            return action(state);
        }
#pragma warning disable CA1031 // See above; whoever called libtpms throws what is kept here.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            state.Failure ??= exception;
            return LibtpmsNative.Fail;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static uint Initialize() => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static uint Load(byte** data, uint* length, uint tpmNumber, byte* name) => Run(state =>
    {
        byte[]? bytes = state.Load(NameAt(name));
        *data = null;
        *length = 0;
        if (bytes is null)
        {
            return LibtpmsNative.NoState;
        }

        // libtpms frees it.
        *data = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
        *length = (uint)bytes.Length;
        bytes.CopyTo(new Span<byte>(*data, bytes.Length));
        return 0;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static uint Store(byte* data, uint length, uint tpmNumber, byte* name) => Run(state =>
    {
        state.Store(NameAt(name), new ReadOnlySpan<byte>(data, checked((int)length)));
        return 0;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static uint Delete(uint tpmNumber, byte* name, byte mustExist) => Run(state =>
    {
        state.Delete(NameAt(name));
        return 0;
    });

    private static string NameAt(byte* name) => Marshal.PtrToStringUTF8((nint)name)!;
}

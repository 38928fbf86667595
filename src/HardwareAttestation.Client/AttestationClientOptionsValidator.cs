using Microsoft.Extensions.Options;

namespace HardwareAttestation.Client;

/// <summary>Finds wrong options when they are first asked for, and not when the TPM is.</summary>
internal sealed class AttestationClientOptionsValidator : IValidateOptions<AttestationClientOptions>
{
    public ValidateOptionsResult Validate(string? name, AttestationClientOptions options)
    {
        string owner = string.IsNullOrEmpty(name) ? nameof(AttestationClientOptions) : $"{nameof(AttestationClientOptions)} '{name}'";
        string[] faults = [.. FindFaults(options).Select(fault => $"{owner}.{fault}")];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> FindFaults(AttestationClientOptions options)
    {
        if (options.KeyDirectory is { Length: 0 })
        {
            yield return $"{nameof(options.KeyDirectory)} is empty: name a folder, or leave it null.";
        }

        if (options.DeviceOptions.FindFault() is { } faultOfOptions)
        {
            yield return $"{nameof(options.DeviceOptions)}.{faultOfOptions}";
        }

        if (options.Device is not null && FindFaultOfDevice(options.Device) is { } fault)
        {
            yield return $"{nameof(options.Device)}: {fault}";
        }
    }

    private static string? FindFaultOfDevice(string device)
    {
        try
        {
            DeviceString.Parse(device);
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or TpmDeviceException)
        {
            return exception.Message;
        }
    }
}

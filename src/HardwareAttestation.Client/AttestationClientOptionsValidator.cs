using Microsoft.Extensions.Options;

namespace HardwareAttestation.Client;

/// <summary>Finds wrong options when they are first asked for, and not when the TPM is.</summary>
internal sealed class AttestationClientOptionsValidator : IValidateOptions<AttestationClientOptions>
{
    public ValidateOptionsResult Validate(string? name, AttestationClientOptions options)
    {
        if (options.KeyDirectory is { Length: 0 })
        {
            return ValidateOptionsResult.Fail($"{nameof(AttestationClientOptions)}.{nameof(options.KeyDirectory)} is empty: name a folder, or leave it null.");
        }

        if (options.Device is null)
        {
            return ValidateOptionsResult.Success;
        }

        try
        {
            DeviceString.Parse(options.Device);
            return ValidateOptionsResult.Success;
        }
        catch (Exception exception) when (exception is ArgumentException or TpmDeviceException)
        {
            return ValidateOptionsResult.Fail($"{nameof(AttestationClientOptions)}.{nameof(options.Device)}: {exception.Message}");
        }
    }
}

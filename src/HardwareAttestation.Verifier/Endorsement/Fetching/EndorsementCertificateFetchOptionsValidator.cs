using Microsoft.Extensions.Options;

namespace HardwareAttestation.Verifier;

/// <summary>Lets a container refuse wrong options with all their faults.</summary>
internal sealed class EndorsementCertificateFetchOptionsValidator : IValidateOptions<EndorsementCertificateFetchOptions>
{
    public ValidateOptionsResult Validate(string? name, EndorsementCertificateFetchOptions options)
    {
        string[] faults = [.. options.FindFaults().Select(fault => $"{nameof(EndorsementCertificateFetchOptions)}.{fault}")];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}

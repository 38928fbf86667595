using Microsoft.Extensions.Options;

namespace HardwareAttestation.Verifier;

/// <summary>Lets a container refuse wrong options with all their faults.</summary>
internal sealed class AttestationVerifierOptionsValidator : IValidateOptions<AttestationVerifierOptions>
{
    public ValidateOptionsResult Validate(string? name, AttestationVerifierOptions options)
    {
        string owner = string.IsNullOrEmpty(name) ? nameof(AttestationVerifierOptions) : $"{nameof(AttestationVerifierOptions)} '{name}'";
        string[] faults = [.. options.FindFaults().Select(fault => $"{owner}.{fault}")];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}

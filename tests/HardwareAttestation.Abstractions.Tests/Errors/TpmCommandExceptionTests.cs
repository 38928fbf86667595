using HardwareAttestation.Structures;

namespace HardwareAttestation.Abstractions.Tests.Errors;

public sealed class TpmCommandExceptionTests
{
    [Fact]
    public void The_message_says_which_command_was_refused_why_and_what_to_do()
    {
        TpmCommandException exception = new(TpmCommandCode.ActivateCredential, new TpmResponseCode(0x1DF), "Begin the enrolment anew.");

        exception.Message.Should().Be(
            "TPM2_ActivateCredential was refused with TPM_RC_INTEGRITY (0x000001DF), parameter 1: the integrity check failed: these bytes were made by "
            + "another TPM or for another key, or were altered. Begin the enrolment anew.");
        exception.Command.Should().Be(TpmCommandCode.ActivateCredential);
        exception.ResponseCode.Error.Should().Be(TpmRc.Integrity);
        exception.Should().BeAssignableTo<HardwareAttestationException>();
    }

    [Fact]
    public void The_message_needs_no_advice_and_no_command_that_is_known()
    {
        new TpmCommandException(TpmCommandCode.NV_Read, new TpmResponseCode(0x14A)).Message
            .Should().Be("TPM2_NV_Read was refused with TPM_RC_NV_UNINITIALIZED (0x0000014A): the NV index was defined and never written.");
        new TpmCommandException((TpmCommandCode)0x20000001, new TpmResponseCode(0x500)).Message
            .Should().Be("TPM command 0x20000001 was refused with 0x00000500: an error that only the TPM's vendor defines.");
    }

    [Fact]
    public void A_device_is_named_in_front_of_what_happened_to_it()
    {
        TpmDeviceException exception = new("device:/dev/tpmrm0", "it is gone.", new IOException("cause"));

        exception.Message.Should().Be("TPM device device:/dev/tpmrm0: it is gone.");
        exception.Device.Should().Be("device:/dev/tpmrm0");
        exception.InnerException.Should().BeOfType<IOException>();
    }
}

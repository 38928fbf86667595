using System.Text.RegularExpressions;

namespace HardwareAttestation.Abstractions.Tests.Errors;

public sealed partial class TpmResponseCodeTests
{
    // Checked against tpm2_rc_decode, which prints for instance "tpm:parameter(1):integrity check failed" for 0x1DF.
    [Theory]
    [InlineData(0x000, TpmRc.Success, TpmErrorSubject.None, 0, "TPM_RC_SUCCESS")]
    [InlineData(0x01E, TpmRc.BadTag, TpmErrorSubject.None, 0, "TPM_RC_BAD_TAG")]
    [InlineData(0x100, TpmRc.Initialize, TpmErrorSubject.None, 0, "TPM_RC_INITIALIZE")]
    [InlineData(0x101, TpmRc.Failure, TpmErrorSubject.None, 0, "TPM_RC_FAILURE")]
    [InlineData(0x12F, TpmRc.AuthUnavailable, TpmErrorSubject.None, 0, "TPM_RC_AUTH_UNAVAILABLE")]
    [InlineData(0x130, TpmRc.Reboot, TpmErrorSubject.None, 0, "TPM_RC_REBOOT")]
    [InlineData(0x131, TpmRc.Unbalanced, TpmErrorSubject.None, 0, "TPM_RC_UNBALANCED")]
    [InlineData(0x143, TpmRc.CommandCode, TpmErrorSubject.None, 0, "TPM_RC_COMMAND_CODE")]
    [InlineData(0x146, TpmRc.NVRange, TpmErrorSubject.None, 0, "TPM_RC_NV_RANGE")]
    [InlineData(0x149, TpmRc.NVAuthorization, TpmErrorSubject.None, 0, "TPM_RC_NV_AUTHORIZATION")]
    [InlineData(0x14A, TpmRc.NVUninitialized, TpmErrorSubject.None, 0, "TPM_RC_NV_UNINITIALIZED")]
    [InlineData(0x155, TpmRc.Sensitive, TpmErrorSubject.None, 0, "TPM_RC_SENSITIVE")]
    [InlineData(0x095, TpmRc.Size, TpmErrorSubject.None, 0, "TPM_RC_SIZE")]
    [InlineData(0x0C4, TpmRc.Value, TpmErrorSubject.None, 0, "TPM_RC_VALUE")]
    [InlineData(0x09F, TpmRc.Integrity, TpmErrorSubject.None, 0, "TPM_RC_INTEGRITY")]
    [InlineData(0x1DF, TpmRc.Integrity, TpmErrorSubject.Parameter, 1, "TPM_RC_INTEGRITY")]
    [InlineData(0x1D5, TpmRc.Size, TpmErrorSubject.Parameter, 1, "TPM_RC_SIZE")]
    [InlineData(0x2C4, TpmRc.Value, TpmErrorSubject.Parameter, 2, "TPM_RC_VALUE")]
    [InlineData(0x2D2, TpmRc.Scheme, TpmErrorSubject.Parameter, 2, "TPM_RC_SCHEME")]
    [InlineData(0x3C3, TpmRc.Hash, TpmErrorSubject.Parameter, 3, "TPM_RC_HASH")]
    [InlineData(0x1E6, TpmRc.Curve, TpmErrorSubject.Parameter, 1, "TPM_RC_CURVE")]
    [InlineData(0x1E7, TpmRc.EccPoint, TpmErrorSubject.Parameter, 1, "TPM_RC_ECC_POINT")]
    [InlineData(0xFCB, TpmRc.Handle, TpmErrorSubject.Parameter, 15, "TPM_RC_HANDLE")]
    [InlineData(0x18B, TpmRc.Handle, TpmErrorSubject.Handle, 1, "TPM_RC_HANDLE")]
    [InlineData(0x28B, TpmRc.Handle, TpmErrorSubject.Handle, 2, "TPM_RC_HANDLE")]
    [InlineData(0x78B, TpmRc.Handle, TpmErrorSubject.Handle, 7, "TPM_RC_HANDLE")]
    [InlineData(0x98E, TpmRc.AuthFail, TpmErrorSubject.Session, 1, "TPM_RC_AUTH_FAIL")]
    [InlineData(0x9A2, TpmRc.BadAuth, TpmErrorSubject.Session, 1, "TPM_RC_BAD_AUTH")]
    [InlineData(0x99D, TpmRc.PolicyFail, TpmErrorSubject.Session, 1, "TPM_RC_POLICY_FAIL")]
    [InlineData(0xB8B, TpmRc.Handle, TpmErrorSubject.Session, 3, "TPM_RC_HANDLE")]
    [InlineData(0xC83, TpmRc.Hash, TpmErrorSubject.Session, 4, "TPM_RC_HASH")]
    [InlineData(0x901, TpmRc.ContextGap, TpmErrorSubject.None, 0, "TPM_RC_CONTEXT_GAP")]
    [InlineData(0x902, TpmRc.ObjectMemory, TpmErrorSubject.None, 0, "TPM_RC_OBJECT_MEMORY")]
    [InlineData(0x903, TpmRc.SessionMemory, TpmErrorSubject.None, 0, "TPM_RC_SESSION_MEMORY")]
    [InlineData(0x904, TpmRc.Memory, TpmErrorSubject.None, 0, "TPM_RC_MEMORY")]
    [InlineData(0x905, TpmRc.SessionHandles, TpmErrorSubject.None, 0, "TPM_RC_SESSION_HANDLES")]
    [InlineData(0x906, TpmRc.ObjectHandles, TpmErrorSubject.None, 0, "TPM_RC_OBJECT_HANDLES")]
    [InlineData(0x907, TpmRc.Locality, TpmErrorSubject.None, 0, "TPM_RC_LOCALITY")]
    [InlineData(0x908, TpmRc.Yielded, TpmErrorSubject.None, 0, "TPM_RC_YIELDED")]
    [InlineData(0x909, TpmRc.Canceled, TpmErrorSubject.None, 0, "TPM_RC_CANCELED")]
    [InlineData(0x90A, TpmRc.Testing, TpmErrorSubject.None, 0, "TPM_RC_TESTING")]
    [InlineData(0x910, TpmRc.ReferenceH0, TpmErrorSubject.None, 0, "TPM_RC_REFERENCE_H0")]
    [InlineData(0x916, TpmRc.ReferenceH6, TpmErrorSubject.None, 0, "TPM_RC_REFERENCE_H6")]
    [InlineData(0x918, TpmRc.ReferenceS0, TpmErrorSubject.None, 0, "TPM_RC_REFERENCE_S0")]
    [InlineData(0x91E, TpmRc.ReferenceS6, TpmErrorSubject.None, 0, "TPM_RC_REFERENCE_S6")]
    [InlineData(0x920, TpmRc.NVRate, TpmErrorSubject.None, 0, "TPM_RC_NV_RATE")]
    [InlineData(0x921, TpmRc.Lockout, TpmErrorSubject.None, 0, "TPM_RC_LOCKOUT")]
    [InlineData(0x922, TpmRc.Retry, TpmErrorSubject.None, 0, "TPM_RC_RETRY")]
    [InlineData(0x923, TpmRc.NVUnavailable, TpmErrorSubject.None, 0, "TPM_RC_NV_UNAVAILABLE")]
    public void A_code_of_the_TPM_is_taken_apart(uint value, TpmRc error, TpmErrorSubject subject, int number, string name)
    {
        TpmResponseCode code = new(value);

        code.Error.Should().Be(error);
        code.Subject.Should().Be(subject);
        code.SubjectNumber.Should().Be(number);
        code.Name.Should().Be(name);
        code.Layer.Should().Be(TpmResponseLayer.Tpm);
        code.IsSuccess.Should().Be(value == 0);
        code.IsWarning.Should().Be(value is >= 0x900 and <= 0x923, "those are the warnings of this table");
    }

    [Theory]
    [InlineData(0x1DF, "TPM_RC_INTEGRITY (0x000001DF), parameter 1: the integrity check failed: these bytes were made by another TPM or for another key, or were altered.")]
    [InlineData(0x18B, "TPM_RC_HANDLE (0x0000018B), handle 1: the handle is not one that is loaded or defined, or is of the wrong kind.")]
    [InlineData(0x98E, "TPM_RC_AUTH_FAIL (0x0000098E), session 1: the authorisation failed, and the failure was counted towards lockout.")]
    [InlineData(0x12F, "TPM_RC_AUTH_UNAVAILABLE (0x0000012F): no authorisation of this object is available for this use.")]
    [InlineData(0x000B0143, "TPM_RC_COMMAND_CODE (0x000B0143) from the resource manager: the TPM does not have this command, or the layer in front of it does not let it pass.")]
    [InlineData(0x80284008, "TBS_E_SERVICE_NOT_RUNNING (0x80284008) from Windows TBS: the TBS service is not running and could not be started.")]
    [InlineData(0x000A000A, "0x000A000A from the TCTI layer: an error that the TPM 2.0 specification does not define.")]
    [InlineData(0x00060009, "0x00060009 from layer 6: an error that the TPM 2.0 specification does not define.")]
    public void A_code_is_put_into_words(uint value, string words)
    {
        new TpmResponseCode(value).ToString().Should().Be(words);
    }

    [Theory]
    [InlineData(0x000B0143, TpmResponseLayer.ResourceManagerTpm, TpmRc.CommandCode, false, "TPM_RC_COMMAND_CODE")]
    [InlineData(0x000B0902, TpmResponseLayer.ResourceManagerTpm, TpmRc.ObjectMemory, true, "TPM_RC_OBJECT_MEMORY")]
    [InlineData(0x000B01DF, TpmResponseLayer.ResourceManagerTpm, TpmRc.Integrity, false, "TPM_RC_INTEGRITY")]
    [InlineData(0x000C0902, TpmResponseLayer.ResourceManager, (TpmRc)0x902, false, "0x000C0902")]
    [InlineData(0x000A000A, TpmResponseLayer.Tcti, (TpmRc)0x00A, false, "0x000A000A")]
    [InlineData(0x00050001, (TpmResponseLayer)5, (TpmRc)0x001, false, "0x00050001")]
    [InlineData(0xFFFFFFFF, (TpmResponseLayer)0xFFFF, (TpmRc)0xFFFF, false, "0xFFFFFFFF")]
    [InlineData(0x80280922, TpmResponseLayer.WindowsTbs, TpmRc.Retry, true, "TPM_RC_RETRY")]
    [InlineData(0x80280921, TpmResponseLayer.WindowsTbs, TpmRc.Lockout, true, "TPM_RC_LOCKOUT")]
    [InlineData(0x8028018B, TpmResponseLayer.WindowsTbs, TpmRc.Handle, false, "TPM_RC_HANDLE")]
    [InlineData(0x80280400, TpmResponseLayer.WindowsTbs, (TpmRc)0x400, false, "TPM_E_COMMAND_BLOCKED")]
    [InlineData(0x80280401, TpmResponseLayer.WindowsTbs, (TpmRc)0x401, false, "TPM_E_INVALID_HANDLE")]
    [InlineData(0x80280404, TpmResponseLayer.WindowsTbs, (TpmRc)0x404, false, "TPM_E_EMBEDDED_COMMAND_UNSUPPORTED")]
    [InlineData(0x80284001, TpmResponseLayer.WindowsTbs, (TpmRc)0x4001, false, "TBS_E_INTERNAL_ERROR")]
    [InlineData(0x8028400F, TpmResponseLayer.WindowsTbs, (TpmRc)0x400F, false, "TBS_E_TPM_NOT_FOUND")]
    [InlineData(0x80284922, TpmResponseLayer.WindowsTbs, (TpmRc)0x4922, false, "0x80284922")]
    public void A_code_of_a_layer_in_front_of_the_TPM_is_told_from_the_TPMs_own(
        uint value, TpmResponseLayer layer, TpmRc error, bool isWarning, string name)
    {
        TpmResponseCode code = new(value);

        code.Layer.Should().Be(layer);
        code.Error.Should().Be(error);
        code.IsWarning.Should().Be(isWarning);
        code.Name.Should().Be(name);
        code.IsSuccess.Should().BeFalse();
    }

    [Fact]
    public void A_code_of_another_layer_names_no_part_of_the_command()
    {
        foreach (uint value in (uint[])[0x000A01DF, 0x000C018B, 0x802849DF, 0x000011DF])
        {
            new TpmResponseCode(value).Subject.Should().Be(TpmErrorSubject.None, $"{value:X8}");
            new TpmResponseCode(value).SubjectNumber.Should().Be(0);
        }

        new TpmResponseCode(0x000B01DF).Subject.Should().Be(TpmErrorSubject.Parameter);
        new TpmResponseCode(0x802801DF).SubjectNumber.Should().Be(1);
    }

    [Theory]
    [InlineData(0x500)] // the vendor's bit, an error
    [InlineData(0xD00)] // the vendor's bit, a warning
    [InlineData(0x57E)]
    public void A_code_of_the_vendor_is_said_to_be_one(uint value)
    {
        TpmResponseCode code = new(value);

        code.Error.Should().Be((TpmRc)value);
        code.ToString().Should().Be($"0x{value:X8}: an error that only the TPM's vendor defines.");
    }

    [Theory]
    [InlineData(0x17F, TpmErrorSubject.None)] // format zero is without bit 7
    [InlineData(0x4FF, TpmErrorSubject.Parameter)]
    [InlineData(0x93F, TpmErrorSubject.None)]
    [InlineData(0x1922, TpmErrorSubject.None)]
    [InlineData(0xF1DF, TpmErrorSubject.None)]
    [InlineData(0x000B0000, TpmErrorSubject.None)]
    [InlineData(0x80280000, TpmErrorSubject.None)]
    public void A_code_that_nobody_defines_is_given_in_hexadecimal(uint value, TpmErrorSubject subject)
    {
        TpmResponseCode code = new(value);

        code.IsSuccess.Should().BeFalse();
        code.Name.Should().Be($"0x{value:X8}");
        code.Description.Should().Be("an error that the TPM 2.0 specification does not define");
        code.Subject.Should().Be(subject);
    }

    [Fact]
    public void A_code_with_reserved_bits_is_no_warning()
    {
        new TpmResponseCode(0x1922).IsWarning.Should().BeFalse();
        new TpmResponseCode(0x1922).Error.Should().NotBe(TpmRc.Retry);
    }

    [Fact]
    public void Every_error_has_its_name_in_the_specification_and_a_description()
    {
        foreach (TpmRc error in Enum.GetValues<TpmRc>())
        {
            TpmResponseCode code = new((uint)error);

            code.Error.Should().Be(error);
            code.Name.Replace("_", string.Empty, StringComparison.Ordinal).Should().BeEquivalentTo($"TPMRC{error}");
            code.Description.Should().NotBeNullOrWhiteSpace().And.NotEndWith(".");
        }
    }

    [Fact]
    public void Any_code_can_be_put_into_words()
    {
        Random random = new(20260721);
        IEnumerable<uint> values = Enumerable.Range(0, 0x10000).Select(value => (uint)value)
            .Concat(Enumerable.Range(0, 20_000).Select(_ => (uint)random.NextInt64(1L << 32)));
        foreach (uint value in values)
        {
            TpmResponseCode code = new(value);

            SentenceOfACode().IsMatch(code.ToString()).Should().BeTrue(code.ToString());
            (code.SubjectNumber == 0).Should().Be(code.Subject == TpmErrorSubject.None);
        }
    }

    [GeneratedRegex(@"^((TPM|TBS)_[A-Z0-9_]+ \(0x[0-9A-F]{8}\)|0x[0-9A-F]{8})( from [^:]+)?(, (handle|parameter|session) \d+)?: .*[^.]\.$")]
    private static partial Regex SentenceOfACode();
}

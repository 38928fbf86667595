namespace HardwareAttestation.Client.Tests.Devices;

public sealed class TbsTests
{
    [Theory]
    [InlineData(0x80280400, true)]
    [InlineData(0x80280922, true)]
    [InlineData(0x80283FFF, true)]
    [InlineData(0x80284006, false)]
    [InlineData(0x80284016, false)]
    [InlineData(0x80070005, false)]
    public void Only_what_the_command_was_answered_with_leaves_the_link_as_it_is(uint result, bool expected)
    {
        TbsNative.IsAnswer(result).Should().Be(expected);
    }

    [Fact]
    public void An_answer_that_is_only_a_code_becomes_a_response()
    {
        byte[] response = new byte[4096];

        int length = TpmHeader.WriteResponse(response, 0x80280400);

        response[..length].Should().Equal(0x80, 0x01, 0, 0, 0, 10, 0x80, 0x28, 0x04, 0x00);
        TpmHeader.ReadResponseCode(response).Name.Should().Be("TPM_E_COMMAND_BLOCKED");
    }
}

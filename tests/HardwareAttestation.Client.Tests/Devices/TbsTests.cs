using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HardwareAttestation.Client.Tests.Devices;

/// <summary>What passes between this process and <c>tbs.dll</c>, as far as it can be seen where there is none.</summary>
public sealed class TbsTests
{
    private const string CommandBlocked = "80010000000A80280400";

    [Fact]
    public void The_parameters_of_a_context_are_laid_out_as_TBS_CONTEXT_PARAMS2()
    {
        TbsNative.ContextParameters parameters = new(TbsNative.Version20, TbsNative.IncludeTpm20);

        byte[] bytes = MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in parameters, 1)).ToArray();

        // UINT32 version, then the bits of a UINT32: requestRaw, includeTpm12, includeTpm20.
        bytes.Should().Equal(BitConverter.GetBytes(2u).Concat(BitConverter.GetBytes(4u)));
        RuntimeHelpers.IsReferenceOrContainsReferences<TbsNative.ContextParameters>().Should().BeFalse("it is passed as it lies in memory");
    }

    [Fact]
    public void A_command_is_sent_with_the_locality_and_the_priority_of_an_application()
    {
        TbsNative.LocalityZero.Should().Be(0, "TBS_COMMAND_LOCALITY_ZERO");
        TbsNative.PriorityNormal.Should().Be(200, "TBS_COMMAND_PRIORITY_NORMAL");
    }

    [Theory]
    [InlineData(nameof(TbsNative.CreateContext), "Tbsi_Context_Create")]
    [InlineData(nameof(TbsNative.SubmitCommand), "Tbsip_Submit_Command")]
    [InlineData(nameof(TbsNative.CancelCommands), "Tbsip_Cancel_Commands")]
    [InlineData(nameof(TbsNative.CloseContext), "Tbsip_Context_Close")]
    public void A_function_is_looked_for_in_the_system_s_own_library(string method, string entryPoint)
    {
        MethodInfo function = typeof(TbsNative).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!;

        // What the generator of stubs leaves on the method, and what it was told.
        LibraryImportAttribute? import = function.GetCustomAttribute<LibraryImportAttribute>();
        DllImportAttribute? direct = function.GetCustomAttribute<DllImportAttribute>();
        (import?.EntryPoint ?? direct?.EntryPoint).Should().Be(entryPoint);
        (import?.LibraryName ?? direct?.Value).Should().Be("tbs.dll");
        function.GetCustomAttribute<DefaultDllImportSearchPathsAttribute>()!.Paths.Should().Be(DllImportSearchPath.System32);
        function.ReturnType.Should().Be<uint>("TBS_RESULT is a UINT32");
    }

    [Fact]
    public void A_response_is_as_long_as_TBS_says()
    {
        byte[] response = new byte[4096];
        response[0] = 0x80;

        TbsNative.Complete(0, 28, response).Should().Be(28);

        response[0].Should().Be(0x80, "it is there already");
    }

    [Theory]
    [InlineData(0x80280400, CommandBlocked)]
    [InlineData(0x80280922, "80010000000A80280922")]
    [InlineData(0x80283FFF, "80010000000A80283FFF")]
    public void A_result_that_answers_the_command_becomes_a_response_and_leaves_the_link_as_it_is(uint result, string expected)
    {
        byte[] response = new byte[4096];

        int length = TbsNative.Complete(result, 0, response);

        Convert.ToHexString(response, 0, length).Should().Be(expected);
    }

    [Fact]
    public void A_command_that_Windows_blocks_is_named_so()
    {
        TpmHeader.ReadResponseCode(Convert.FromHexString(CommandBlocked)).Name.Should().Be("TPM_E_COMMAND_BLOCKED");
    }

    [Theory]
    [InlineData(0x80284006, "*TBS_E_IOERROR*")]
    [InlineData(0x8028400D, "*TBS_E_COMMAND_CANCELED*")]
    [InlineData(0x80284016, "*TBS_E_PROVISIONING_INCOMPLETE*")]
    [InlineData(0x80070005, "*80070005*")]
    [InlineData(1, "*not carried out*")]
    public void A_result_that_answers_nothing_is_an_error_of_the_device(uint result, string message)
    {
        Action incomplete = () => TbsNative.Complete(result, 10, new byte[4096]);

        incomplete.Should().Throw<TpmDeviceException>().WithMessage(message).And.Device.Should().Be("tbs");
    }
}

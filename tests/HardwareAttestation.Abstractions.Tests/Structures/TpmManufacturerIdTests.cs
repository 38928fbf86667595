using HardwareAttestation.Structures;

namespace HardwareAttestation.Abstractions.Tests.Structures;

public sealed class TpmManufacturerIdTests
{
    [Theory]
    [InlineData(0x49465800, "IFX", "Infineon")]
    [InlineData(0x53544D20, "STM", "STMicroelectronics")]
    [InlineData(0x494E5443, "INTC", "Intel")]
    public void A_manufacturer_has_a_code_and_a_name(uint value, string code, string name)
    {
        TpmManufacturerId manufacturer = new(value);

        manufacturer.Code.Should().Be(code);
        manufacturer.Name.Should().Be(name);
        manufacturer.ToString().Should().Be(name);
    }

    [Theory]
    [InlineData(0x5A5A5A00, "ZZZ", "id:5A5A5A00")]
    [InlineData(0x1B5B314D, "?[1M", "id:1B5B314D")]
    [InlineData(0x00000000, "", "id:00000000")]
    public void One_that_is_not_known_is_told_by_its_number(uint value, string code, string words)
    {
        TpmManufacturerId manufacturer = new(value);

        manufacturer.Code.Should().Be(code);
        manufacturer.Name.Should().BeNull();
        manufacturer.ToString().Should().Be(words);
    }
}

using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Client.Tests.Sessions;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace HardwareAttestation.Client.Tests.Keys;

public sealed class NVReaderTests
{
    [Fact]
    public async Task An_index_whose_Name_cannot_be_computed_is_one_that_cannot_be_read_and_hides_no_other()
    {
        // TPM2_NV_ReadPublic of an index that only the owner may read, made with SM3.
        TpmsNVPublic index = new(new TpmHandle(0x01C00002), TpmAlgId.Sm3_256, TpmaNV.OwnerRead | TpmaNV.Written, [], 100);
        byte[] area = index.EncodeSized();
        TpmChannel channel = new(new ScriptedTpm().Answer(ScriptedTpm.Response(0x8001, 0, [.. area, 0, 0])), NullLogger.Instance);
        NVReader reader = new(channel, new Authorizer(channel, null));

        Func<Task> read = () => reader.ReadAsync(index.NVIndex, CancellationToken.None);

        await read.Should().ThrowAsync<EndorsementKeyException>().WithMessage("NV index 0x01c00002 of TPM device scripted cannot be read*");
    }
}

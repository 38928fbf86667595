namespace HardwareAttestation.Client.Tests.Devices;

public sealed class DeviceStringTests
{
    [Theory]
    [InlineData("device:/dev/tpmrm0", "device:/dev/tpmrm0")]
    [InlineData("device:/dev/tpm0", "device:/dev/tpm0")]
    [InlineData("device:/a path/with:colon,comma=equals", "device:/a path/with:colon,comma=equals")]
    [InlineData("mssim", "mssim:host=localhost,port=2321")]
    [InlineData("mssim:host=127.0.0.1", "mssim:host=127.0.0.1,port=2321")]
    [InlineData("mssim:port=65534", "mssim:host=localhost,port=65534")]
    [InlineData("mssim:port=1,host=tpm.example", "mssim:host=tpm.example,port=1")]
    [InlineData("mssim:host=::1,port=02321", "mssim:host=::1,port=2321")]
    [InlineData("swtpm", "swtpm:host=localhost,port=2321")]
    [InlineData("swtpm:path=/run/tpm.sock", "swtpm:path=/run/tpm.sock")]
    [InlineData("swtpm:path=relative/tpm=1.sock", "swtpm:path=relative/tpm=1.sock")]
    [InlineData("swtpm:host=127.0.0.1,port=65535", "swtpm:host=127.0.0.1,port=65535")]
    [InlineData("libtpms:dir=/some/state", "libtpms:dir=/some/state")]
    public async Task A_device_string_opens_the_device_that_gives_its_canonical_form_as_name(string text, string name)
    {
        await using ITpmDevice device = TpmDevice.Open(text);

        device.Name.Should().Be(name);
    }

    [Theory]
    [InlineData("", "*no kind*")]
    [InlineData("tabrmd", "*no kind*")]
    [InlineData("tabrmd:bus_type=session", "*no kind*")]
    [InlineData("/dev/tpmrm0", "*no kind*")]
    [InlineData("Device:/dev/tpmrm0", "*no kind*")]
    [InlineData(" mssim", "*no kind*")]
    [InlineData("tbs:", "*no kind*")]
    [InlineData("device", "*no kind*")]
    [InlineData("device:", "*no path*")]
    [InlineData("device: ", "*no path*")]
    [InlineData("device:/dev/tpm\0", "*no path*")]
    [InlineData("mssim:", "*without a key*")]
    [InlineData("mssim:host=a,", "*without a key*")]
    [InlineData("mssim:,host=a", "*without a key*")]
    [InlineData("mssim:=a", "*without a key*")]
    [InlineData("mssim:127.0.0.1", "*key '127.0.0.1'*unknown*")]
    [InlineData("mssim:path=/run/tpm.sock", "*key 'path'*unknown*")]
    [InlineData("mssim:Host=a", "*key 'Host'*unknown*")]
    [InlineData("mssim:host=a,tctildr=b", "*key 'tctildr'*unknown*")]
    [InlineData("mssim:host", "*no value for 'host'*")]
    [InlineData("mssim:host=,port=2321", "*no value for 'host'*")]
    [InlineData("mssim:host=a,port=", "*no value for 'port'*")]
    [InlineData("mssim:host=a,host=b", "*'host' more than once*")]
    [InlineData("mssim:port=1,port=1", "*'port' more than once*")]
    [InlineData("mssim:host=a b", "*host 'a b'*")]
    [InlineData("mssim:host=a/b", "*host 'a/b'*")]
    [InlineData("mssim:port=65535", "*platform port*")]
    [InlineData("mssim:port=65536", "*port '65536'*")]
    [InlineData("mssim:port=0", "*port '0'*")]
    [InlineData("mssim:port=-1", "*port '-1'*")]
    [InlineData("mssim:port=+1", "*port '+1'*")]
    [InlineData("mssim:port= 1", "*port ' 1'*")]
    [InlineData("mssim:port=0x10", "*port '0x10'*")]
    [InlineData("mssim:port=99999999999", "*port '99999999999'*")]
    [InlineData("swtpm:path=", "*no value for 'path'*")]
    [InlineData("swtpm:path=/a,path=/b", "*'path' more than once*")]
    [InlineData("swtpm:path=/a,port=1", "*both a path and*")]
    [InlineData("swtpm:host=a,path=/a", "*both a path and*")]
    [InlineData("swtpm:path=/a,b", "*key 'b'*unknown*")]
    [InlineData("libtpms", "*no 'dir'*")]
    [InlineData("libtpms:", "*without a key*")]
    [InlineData("libtpms:dir=", "*no value for 'dir'*")]
    [InlineData("libtpms:dir=/tpm\0", "*no 'dir'*")]
    [InlineData("libtpms:path=/some/state", "*key 'path'*unknown*")]
    public void A_malformed_device_string_is_refused_with_the_accepted_forms(string text, string message)
    {
        Action malformed = () => TpmDevice.Open(text);

        malformed.Should().Throw<ArgumentException>().WithMessage(message)
            .WithMessage("*device:/dev/tpmrm0, tbs, mssim:host=127.0.0.1,port=2321, swtpm:path=/run/tpm.sock, swtpm:host=127.0.0.1,port=2321 and libtpms:dir=/some/state*")
            .And.ParamName.Should().Be("device");
    }

    [Fact]
    public void A_path_that_no_socket_can_have_is_refused()
    {
        Action longPath = () => TpmDevice.Open("swtpm:path=/" + new string('a', 200));

        longPath.Should().Throw<ArgumentException>().WithMessage("*no Unix socket*");
    }

    [Fact]
    public void Windows_TBS_is_refused_elsewhere_with_what_to_use()
    {
        Action elsewhere = () => TpmDevice.Open("tbs");

        if (OperatingSystem.IsWindows())
        {
            elsewhere.Should().NotThrow();
        }
        else
        {
            elsewhere.Should().Throw<TpmDeviceException>().WithMessage("*Windows only*device:/dev/tpmrm0*");
        }
    }

    [Fact]
    public void Opening_does_not_connect()
    {
        Action open = () => TpmDevice.Open("device:/dev/no-such-tpm");

        open.Should().NotThrow();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public void A_timeout_that_is_none_is_refused(long ticks)
    {
        Action command = () => TpmDevice.Open("swtpm", new TpmDeviceOptions { CommandTimeout = new TimeSpan(ticks) });
        Action connect = () => TpmDevice.Open("swtpm", new TpmDeviceOptions { ConnectTimeout = new TimeSpan(ticks) });

        command.Should().Throw<ArgumentException>().WithMessage("CommandTimeout is *positive and at most 24 days*").WithParameterName("options");
        connect.Should().Throw<ArgumentException>().WithMessage("ConnectTimeout is *positive and at most 24 days*").WithParameterName("options");
    }

    [Fact]
    public async Task Nothing_stands_for_the_platforms_own_TPM()
    {
        await using ITpmDevice device = TpmDevice.Open();

        device.Name.Should().Be(OperatingSystem.IsWindows() ? "tbs" : "device:" + TpmDevice.FindLinuxDevice("/dev"));
    }

    [Fact]
    public void A_device_waits_three_minutes_for_a_command_and_ten_seconds_for_a_connection_unless_told()
    {
        TpmDeviceOptions options = new();

        options.CommandTimeout.Should().Be(TimeSpan.FromMinutes(3));
        options.ConnectTimeout.Should().Be(TimeSpan.FromSeconds(10));
    }
}

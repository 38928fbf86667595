using HardwareAttestation.Client.Testing;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client.Tests.Testing;

public sealed class TpmTranscriptTests
{
    private const string Head = """{"transcript":1,"device":"tbs","resourceManager":true,"redacted":false}""";
    private const string Exchange = """{"command":"80010000000c0000017b0002","response":"80010000000e000000000002cafe"}""";
    private const string Seed = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    [Fact]
    public void A_transcript_is_read_as_it_was_written_with_names_for_a_reader()
    {
        TpmTranscript transcript = TpmTranscript.Parse($"{Head}\n{Exchange}\n");

        string text = TextOf(transcript);

        text.Split('\n')[1].Should().Be(
            """{"name":"TPM2_GetRandom","command":"80010000000c0000017b0002","code":""" + $"\"{new TpmResponseCode(0)}\""
            + ""","response":"80010000000e000000000002cafe"}""");
        TextOf(TpmTranscript.Parse(text)).Should().Be(text);
        (transcript.Device, transcript.HasResourceManager, transcript.IsRedacted).Should().Be(("tbs", true, false));
        transcript.Exchanges.Single().CommandCode.Should().Be(TpmCommandCode.GetRandom);
    }

    [Fact]
    public void A_log_line_about_a_transcript_tells_nothing_that_passed()
    {
        TpmTranscript transcript = TpmTranscript.Parse($"{Head[..^1]},\"seed\":\"{Seed}\"}}\n{Exchange}\n");

        transcript.ToString().Should().Be("transcript of TPM device tbs: 1 exchanges, with secrets");
        transcript.Redact().ToString().Should().Be("transcript of TPM device tbs: 1 exchanges, redacted");
    }

    [Fact]
    public void A_transcript_is_saved_to_a_new_file_that_its_owner_alone_may_read()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("tpm.transcript");
        TpmTranscript transcript = TpmTranscript.Parse($"{Head[..^1]},\"seed\":\"{Seed}\"}}\n{Exchange}\n");

        transcript.Save(path);

        File.ReadAllText(path).Should().Be(TextOf(transcript));
        TextOf(TpmTranscript.Load(path)).Should().Contain(Seed).And.Be(TextOf(transcript));
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(path).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Action again = () => transcript.Redact().Save(path);
        again.Should().Throw<IOException>("a file that may be a secret is not overwritten");
        File.ReadAllText(path).Should().Contain(Seed);
    }

    [Theory]
    [InlineData("", "Line 1*")]
    [InlineData("nonsense", "Line 1*not JSON*")]
    [InlineData("[]", "Line 1*not a JSON object*")]
    [InlineData("{}", "Line 1*version 1*")]
    [InlineData("""{"transcript":2,"device":"tbs","resourceManager":true,"redacted":false}""", "Line 1*version 1*")]
    [InlineData("""{"transcript":"1"}""", "Line 1*version 1*")]
    [InlineData("""{"transcript":1,"resourceManager":true,"redacted":false}""", "Line 1*no 'device'*")]
    [InlineData("""{"transcript":1,"device":7,"resourceManager":true,"redacted":false}""", "Line 1*'device' is not a string*")]
    [InlineData("""{"transcript":1,"device":"\ud800","resourceManager":true,"redacted":false}""", "Line 1*not JSON*")]
    [InlineData("""{"transcript":1,"device":"tbs","resourceManager":1,"redacted":false}""", "Line 1*'resourceManager' is neither*")]
    [InlineData("""{"transcript":1,"device":"tbs","resourceManager":true,"redacted":false,"seed":"00"}""", "Line 1*seed has 32 bytes*")]
    [InlineData("""{"transcript":1,"device":"tbs","resourceManager":true,"redacted":false,"seed":"xx"}""", "Line 1*'seed' is not in hexadecimal*")]
    [InlineData("""{"transcript":1,"device":"tbs","resourceManager":true,"redacted":true,"seed":"00"}""", "Line 1*secrets were taken out*")]
    [InlineData(Head + "\n", null)]
    [InlineData(Head + "\n\n", "Line 2*not JSON*")]
    [InlineData(Head + "\n" + Exchange + "\n{}", "Line 3*no 'command'*")]
    [InlineData(Head + "\n" + """{"command":"80010000000c0000017b0002"}""", "Line 2*both or none*")]
    [InlineData(Head + "\n" + """{"command":"80010000000a0000017b","response":"80010000000a00000000","error":"x"}""", "Line 2*both or none*")]
    [InlineData(Head + "\n" + """{"command":"8001","error":"x"}""", "Line 2*'command' has not 10 to 4096*")]
    [InlineData(Head + "\n" + """{"command":"80010000000d0000017b0002","error":"x"}""", "Line 2*as many as its size field says*")]
    [InlineData(Head + "\n" + """{"command":"80010000000a0000017b","response":"80010000000bffffffff"}""", "Line 2*'response' has not*")]
    [InlineData(Head + "\n" + """{"command":"80010000000a0000017","error":"x"}""", "Line 2*'command' is not in hexadecimal*")]
    [InlineData(Head + "\n" + """{"command":"80010000000a0000017b","error":null}""", "Line 2*'error' is not a string*")]
    public void What_is_not_a_transcript_is_refused_with_the_line_and_the_reason(string text, string? message)
    {
        Action parse = () => TpmTranscript.Parse(text);

        if (message is null)
        {
            parse.Should().NotThrow();
        }
        else
        {
            parse.Should().Throw<TpmFormatException>().WithMessage(message);
        }
    }

    [Fact]
    public void A_line_without_end_is_not_read_to_its_end()
    {
        using EndlessFile file = new();

        Action load = () => TpmTranscript.Load(file.Path);

        load.Should().Throw<TpmFormatException>().WithMessage("Line 1*more than 32768 characters*");
    }

    [Fact]
    public void Any_change_and_any_cut_gives_a_transcript_or_a_refusal_and_can_be_redacted()
    {
        string text = $"{Head[..^1]},\"seed\":\"{Seed}\"}}\n{Exchange}\n"
            + """{"command":"800200000019000001474000000140000002000000090000000000000000","error":"x"}""".Replace("00000019", "0000001d", StringComparison.Ordinal);
        int parsed = 0;
        for (int i = 0; i < text.Length; i++)
        {
            foreach (string changed in (string[])[text[..i], text.Remove(i, 1), text[..i] + "." + text[(i + 1)..], text[..i] + "f" + text[(i + 1)..], text[..i] + "\n" + text[i..]])
            {
                try
                {
                    TextOf(TpmTranscript.Parse(changed).Redact()).Should().NotContain(Seed);
                    parsed++;
                }
                catch (TpmFormatException exception)
                {
                    exception.Message.Should().StartWith("Line ");
                }
            }
        }

        parsed.Should().BePositive();
    }

    [Theory]
    [InlineData("20000000", "80010000000c20000000....", "80010000000c00000000....")]
    [InlineData("0000015e", "80010000000c0000015e....", "80010000000c00000000....")]
    [InlineData("0000017a", "80010000000c0000017acafe", "80010000000c00000000cafe")]
    [InlineData("00000131", "80010000000c00000131....", "80010000000c00000000....")]
    public void Of_what_is_unknown_or_malformed_only_the_header_stays(string code, string command, string response)
    {
        TpmTranscript transcript = TpmTranscript.Parse($$"""
            {{Head}}
            {"command":"80010000000c{{code}}cafe","response":"80010000000c00000000cafe"}
            """.ReplaceLineEndings("\n"));

        string[] lines = TextOf(transcript.Redact()).Split('\n');

        lines[1].Should().Contain($"\"{command}\"").And.Contain($"\"{response}\"");
        lines[0].Should().Contain("\"redacted\":true");
    }

    private static string TextOf(TpmTranscript transcript)
    {
        using StringWriter writer = new();
        transcript.WriteTo(writer);
        return writer.ToString();
    }

    /// <summary>A file of a hundred megabytes and one line, which takes no room.</summary>
    private sealed class EndlessFile : IDisposable
    {
        public EndlessFile()
        {
            using FileStream file = new(Path, FileMode.Create);
            file.SetLength(100_000_000);
        }

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}

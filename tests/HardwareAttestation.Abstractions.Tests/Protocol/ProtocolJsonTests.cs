using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HardwareAttestation.Protocol;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Abstractions.Tests.Protocol;

public sealed class ProtocolJsonTests
{
    [Fact]
    public void Messages_are_written_as_agreed_and_read_back()
    {
        foreach (TestMessage test in TestMessages.All)
        {
            JsonSerializer.Serialize(test.Message, test.Type).Should().Be(test.Json);
            JsonSerializer.Serialize(Read(test, test.Json), test.Type).Should().Be(test.Json);
        }
    }

    [Fact]
    public void Messages_are_the_same_under_the_options_of_a_web_framework()
    {
        JsonSerializerOptions options = new(JsonSerializerDefaults.Web) { TypeInfoResolver = ProtocolJson.Resolver };
        foreach (TestMessage test in TestMessages.All)
        {
            string json = JsonSerializer.Serialize(test.Message, test.Type.Type, options);

            JsonSerializer.Serialize(Read(test, json), test.Type).Should().Be(test.Json);
            JsonSerializer.Serialize(JsonSerializer.Deserialize(test.Json, test.Type.Type, options), test.Type).Should().Be(test.Json);
        }
    }

    [Fact]
    public void Two_banks_are_written_with_an_escaped_plus_and_read_with_either()
    {
        AttestationChallenge challenge = new()
        {
            ChallengeId = "c",
            NodeId = "n",
            Nonce = new byte[1],
            PcrSelection = TpmlPcrSelection.Parse("sha1:0+sha256:1"),
            ExpiresAt = DateTimeOffset.UnixEpoch,
        };

        string json = JsonSerializer.Serialize(challenge, ProtocolJson.AttestationChallenge);

        json.Should().Contain("""pcrSelection":"sha1:0\u002Bsha256:1""");
        ReadChallenge(json).PcrSelection.Should().Equal(challenge.PcrSelection);
        ReadChallenge(json.Replace("\\u002B", "+", StringComparison.Ordinal)).PcrSelection.Should().Equal(challenge.PcrSelection);
    }

    [Fact]
    public void Optional_fields_may_be_left_out()
    {
        EnrollmentRequest request = JsonSerializer.Deserialize(
            """{"version":1,"nodeId":"n","endorsementPublic":"","attestationPublic":""}""", ProtocolJson.EnrollmentRequest)!;
        AttestationEvidence evidence = JsonSerializer.Deserialize(
            """{"version":1,"challengeId":"c","signature":"AQ=="}""", ProtocolJson.AttestationEvidence)!;

        request.EndorsementCertificate.IsEmpty.Should().BeTrue();
        request.EndorsementCertificateChain.Should().BeEmpty();
        request.StorageParentPublic.IsEmpty.Should().BeTrue();
        evidence.Attest.IsEmpty.Should().BeTrue();
        evidence.PcrValues.Should().BeEmpty();
        ReadChallenge("""{"version":1,"challengeId":"c","nodeId":"n","nonce":"AA==","pcrSelection":null,"expiresAt":"2026-07-01T12:30:00Z"}""")
            .RequiresQuote.Should().BeFalse();
    }

    [Fact]
    public void A_version_is_read_as_it_stands()
    {
        ReadChallenge("""{"version":7,"challengeId":"c","nodeId":"n","nonce":"AA==","expiresAt":"2026-07-01T12:30:00Z"}""").Version.Should().Be(7);
    }

    [Fact]
    public void Fields_that_later_versions_may_add_are_passed_over()
    {
        foreach (TestMessage test in TestMessages.All)
        {
            string json = test.Json.Insert(1, "\"later\":{\"a\":[1,{\"b\":null}]},\"more\":\"x\",");

            JsonSerializer.Serialize(Read(test, json), test.Type).Should().Be(test.Json);
        }
    }

    [Fact]
    public void A_field_that_is_missing_is_refused()
    {
        foreach (TestMessage test in TestMessages.All)
        {
            foreach (string field in test.Required)
            {
                JsonObject message = JsonNode.Parse(test.Json)!.AsObject();
                message.Remove(field);
                Refuses(test, message.ToJsonString());
            }
        }
    }

    [Fact]
    public void A_field_that_is_null_is_refused()
    {
        foreach (TestMessage test in TestMessages.All)
        {
            foreach (string field in FieldsOf(test).Where(field => field is not ("pcrSelection" or "status")))
            {
                JsonObject message = JsonNode.Parse(test.Json)!.AsObject();
                message[field] = null;
                Refuses(test, message.ToJsonString());
            }
        }
    }

    [Fact]
    public void A_field_that_is_there_twice_is_refused()
    {
        foreach (TestMessage test in TestMessages.All)
        {
            foreach (string field in FieldsOf(test))
            {
                string value = JsonNode.Parse(test.Json)![field]!.ToJsonString();
                Refuses(test, test.Json.Insert(1, $"\"{field}\":{value},"));
            }
        }
    }

    [Fact]
    public void A_field_of_another_kind_is_refused()
    {
        string[] others = ["1.5", "true", "[]", "{}", "[[1]]", "\"\\uD800\"", "\"=\"", "\"A\"", "99999999999999999999"];
        foreach (TestMessage test in TestMessages.All)
        {
            foreach (string field in FieldsOf(test))
            {
                foreach (string other in others)
                {
                    JsonObject message = JsonNode.Parse(test.Json)!.AsObject();
                    message[field] = "HERE";
                    IsReadOrRefused(test, Encoding.UTF8.GetBytes(message.ToJsonString().Replace("\"HERE\"", other, StringComparison.Ordinal)));
                }
            }
        }
    }

    [Theory]
    [InlineData("AQI")] // without padding
    [InlineData("AQI==")]
    [InlineData("AQ=I")]
    [InlineData("A-I_")] // base64url
    [InlineData("*")]
    public void Bytes_that_are_not_base64_are_refused(string nonce)
    {
        string json = $$"""{"version":1,"challengeId":"c","nodeId":"n","nonce":"{{nonce}}","expiresAt":"2026-07-01T12:30:00Z"}""";

        json.Invoking(ReadChallenge).Should().Throw<JsonException>();
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"sha256\"")]
    [InlineData("\"sha256:24\"")]
    [InlineData("\"sha256:0,0\"")]
    [InlineData("\"SHA256:0\"")]
    [InlineData("\"sha256:0\\u0000\"")]
    [InlineData("7")]
    [InlineData("[\"sha256:0\"]")]
    [InlineData("{\"sha256\":[0]}")]
    [InlineData("true")]
    public void A_PCR_selection_that_is_none_is_refused(string selection)
    {
        string json = $$"""{"version":1,"challengeId":"c","nodeId":"n","nonce":"AA==","pcrSelection":{{selection}},"expiresAt":"2026-07-01T12:30:00Z"}""";

        json.Invoking(ReadChallenge).Should().Throw<JsonException>();
    }

    [Theory]
    [InlineData("""{"bank":"sha256","pcr":0}""")]
    [InlineData("""{"bank":"sha256","digest":"AA=="}""")]
    [InlineData("""{"pcr":0,"digest":"AA=="}""")]
    [InlineData("""{"bank":null,"pcr":0,"digest":"AA=="}""")]
    [InlineData("""{"bank":11,"pcr":0,"digest":"AA=="}""")]
    [InlineData("""{"bank":"Sha256","pcr":0,"digest":"AA=="}""")]
    [InlineData("""{"bank":"0x000b","pcr":0,"digest":"AA=="}""")]
    [InlineData("""{"bank":"sha256","pcr":"0","digest":"AA=="}""")]
    [InlineData("""{"bank":"sha256","pcr":0.5,"digest":"AA=="}""")]
    [InlineData("""{"bank":"sha256","pcr":0,"digest":null}""")]
    [InlineData("""{"bank":"sha256","pcr":0,"pcr":1,"digest":"AA=="}""")]
    [InlineData("[]")]
    [InlineData("7")]
    public void A_PCR_value_that_is_none_is_refused(string value)
    {
        string json = $$"""{"version":1,"challengeId":"c","signature":"AQ==","pcrValues":[{{value}}]}""";

        json.Invoking(text => JsonSerializer.Deserialize(text, ProtocolJson.AttestationEvidence)).Should().Throw<JsonException>();
    }

    [Theory]
    [InlineData("\"MIA=\"")]
    [InlineData("[null]")]
    [InlineData("[\"*\"]")]
    [InlineData("[[\"MIA=\"]]")]
    [InlineData("{\"0\":\"MIA=\"}")]
    [InlineData("[7]")]
    [InlineData("7")]
    public void A_certificate_chain_that_is_none_is_refused(string chain)
    {
        string json = $$"""{"version":1,"nodeId":"n","endorsementCertificateChain":{{chain}},"endorsementPublic":"","attestationPublic":""}""";

        json.Invoking(text => JsonSerializer.Deserialize(text, ProtocolJson.EnrollmentRequest)).Should().Throw<JsonException>();
    }

    [Fact]
    public void A_null_among_PCR_values_is_kept_for_the_verifier_to_refuse()
    {
        AttestationEvidence evidence = JsonSerializer.Deserialize(
            """{"version":1,"challengeId":"c","signature":"AQ==","pcrValues":[null,null]}""", ProtocolJson.AttestationEvidence)!;

        evidence.PcrValues.Should().HaveCount(2).And.OnlyContain(value => value == null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null,")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("\"text\"")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{}{}")]
    [InlineData("{'a':1}")]
    [InlineData("{\"version\":1,}")]
    [InlineData("/* comment */{}")]
    [InlineData("\0")]
    public void What_is_no_message_is_refused(string json)
    {
        foreach (TestMessage test in TestMessages.All)
        {
            Refuses(test, json);
        }
    }

    [Fact]
    public void Deep_nesting_is_refused_also_in_fields_that_are_passed_over()
    {
        foreach (int depth in (int[])[8, 100, 100_000])
        {
            string deep = new string('[', depth) + new string(']', depth);
            foreach (TestMessage test in TestMessages.All)
            {
                Refuses(test, test.Json.Insert(1, $"\"later\":{deep},"));
            }
        }
    }

    [Fact]
    public void Every_truncation_of_a_message_is_refused()
    {
        foreach (TestMessage test in TestMessages.All)
        {
            for (int length = 0; length < test.Json.Length; length++)
            {
                Refuses(test, test.Json[..length]);
            }
        }
    }

    [Fact]
    public void Altered_bytes_are_another_message_or_refused_and_never_anything_else()
    {
        Random random = new(20260722);
        foreach (TestMessage test in TestMessages.All)
        {
            byte[] json = Encoding.UTF8.GetBytes(test.Json);
            for (int i = 0; i < 2000; i++)
            {
                byte[] altered = [.. json];
                for (int change = random.Next(1, 4); change > 0; change--)
                {
                    altered[random.Next(altered.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : json[random.Next(json.Length)];
                }

                IsReadOrRefused(test, altered);
            }
        }
    }

    [Fact]
    public void Text_that_is_not_Unicode_is_refused()
    {
        byte[] invalidUtf8 = [.. "{\"version\":1,\"challengeId\":\""u8, 0xC3, 0x28, .. "\",\"secret\":\"AQ==\"}"u8];
        Action readInvalidUtf8 = () => JsonSerializer.Deserialize(invalidUtf8, ProtocolJson.CredentialResponse);
        Action readHalfAPair = () => JsonSerializer.Deserialize(
            """{"version":1,"challengeId":"\uD800","proof":"AQ=="}""", ProtocolJson.CredentialResponse);

        readInvalidUtf8.Should().Throw<JsonException>();
        readHalfAPair.Should().Throw<JsonException>();
    }

    private static AttestationChallenge ReadChallenge(string json) =>
        JsonSerializer.Deserialize(json, ProtocolJson.AttestationChallenge)!;

    private static object Read(TestMessage test, string json) => JsonSerializer.Deserialize(json, test.Type)!;

    private static IEnumerable<string> FieldsOf(TestMessage test) => JsonNode.Parse(test.Json)!.AsObject().Select(field => field.Key);

    private static void Refuses(TestMessage test, string json)
    {
        Action read = () => JsonSerializer.Deserialize(json, test.Type);
        read.Should().Throw<JsonException>($"this is {test.Type.Type.Name} {json[..Math.Min(json.Length, 300)]}");
    }

    // No other exception than JsonException leaves here, and what was read can be written.
    private static void IsReadOrRefused(TestMessage test, byte[] json)
    {
        object? message;
        try
        {
            message = JsonSerializer.Deserialize(json, test.Type);
        }
        catch (JsonException)
        {
            return;
        }

        string written = JsonSerializer.Serialize(message, test.Type);
        JsonSerializer.Serialize(Read(test, written), test.Type).Should().Be(written);
    }
}

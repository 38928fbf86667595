using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client.Tests.Keys;

public sealed class TpmKeyBlobTests
{
    [Fact]
    public void A_blob_is_read_as_it_was_written()
    {
        TpmKeyBlob blob = TestKeys.Blob();

        TpmKeyBlob read = TpmKeyBlob.Parse(blob.ToArray());

        read.EndorsementTemplate.Should().BeSameAs(EndorsementKeyTemplate.H3);
        read.EndorsementName.Should().Be(TestKeys.EccEndorsementKey.ComputeName());
        read.Public.Should().Be(TestKeys.AttestationKey);
        read.Name.ToString().Should().Be("000bc87a5ea0fc9c5bae16608f9179a5e4be0ed65a36f34877adaac6b341d777fe78");
        read.Private.ToArray().Should().Equal(blob.Private.ToArray());
        read.ToArray().Should().Equal(blob.ToArray());
    }

    [Fact]
    public void A_blob_has_the_wire_form_that_earlier_blobs_on_disk_have()
    {
        byte[] name = TestKeys.EccEndorsementKey.ComputeName().Bytes.ToArray();
        byte[] publicArea = TestKeys.AttestationKey.Encoded.ToArray();
        byte[] expected =
        [
            .. "HAAK"u8, 0, 2, 0, 3, .. "H-3"u8, 0, 50, .. name, 0, 0, 0, 0, 0, 0, 0, (byte)publicArea.Length, .. publicArea, 0, 2, 0xAB, 0xAB,
        ];

        TestKeys.Blob(privateSize: 2).ToArray().Should().Equal([.. expected, .. SHA256.HashData(expected)]);
    }

    [Fact]
    public void A_blob_of_the_first_version_is_read()
    {
        byte[] name = TestKeys.EccEndorsementKey.ComputeName().Bytes.ToArray();
        byte[] publicArea = TestKeys.AttestationKey.Encoded.ToArray();
        byte[] first =
        [
            .. "HAAK"u8, 0, 1, 0, 3, .. "H-3"u8, 0, 50, .. name, 0, (byte)publicArea.Length, .. publicArea, 0, 2, 0xAB, 0xAB,
        ];

        TpmKeyBlob.Parse([.. first, .. SHA256.HashData(first)]).ToArray().Should().Equal(TestKeys.Blob(privateSize: 2).ToArray());
    }

    [Theory]
    [InlineData(0x80000000)]
    [InlineData(0x80FFFFFF)]
    [InlineData(0x81800000)]
    [InlineData(0x40000001)]
    [InlineData(0x01C00002)]
    public void A_blob_that_names_a_handle_where_no_key_of_the_owner_is_kept_is_damaged(uint handle)
    {
        byte[] bytes = new TpmKeyBlob(
            EndorsementKeyTemplate.L1, new TpmName([]), TestKeys.AttestationKey, [1], persistentHandle: new TpmHandle(0x81008F00)).ToArray();
        int at = bytes.AsSpan().IndexOf((byte[])[0x81, 0x00, 0x8F, 0x00]);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), handle);

        ShouldBeDamaged(bytes);
    }

    [Fact]
    public void A_blob_of_a_storage_key_is_damaged()
    {
        byte[] bytes = Replace(TestKeys.Blob().ToArray(), TestKeys.AttestationKey.ObjectAttributes, TestKeys.AttestationKey.ObjectAttributes & ~TpmaObject.Sign);

        ShouldBeDamaged(bytes);
    }

    [Fact]
    public void A_blob_whose_parent_may_leave_the_TPM_is_damaged()
    {
        TpmKeyBlob blob = new(EndorsementKeyTemplate.L1, new TpmName([]), TestKeys.AttestationKey, [1], TestKeys.EccEndorsementKey);
        TpmaObject attributes = TestKeys.EccEndorsementKey.ObjectAttributes;

        ShouldBeDamaged(Replace(blob.ToArray(), attributes, attributes & ~TpmaObject.FixedTpm));
    }

    [Fact]
    public void A_blob_has_the_keys_parent_and_its_persistent_handle()
    {
        TpmKeyBlob blob = new(
            EndorsementKeyTemplate.L1, new TpmName([]), TestKeys.AttestationKey, [1], TestKeys.EccEndorsementKey, new TpmHandle(0x81008F00));

        TpmKeyBlob read = TpmKeyBlob.Parse(blob.ToArray());

        read.StorageParent.Should().Be(TestKeys.EccEndorsementKey);
        read.PersistentHandle.Should().Be(new TpmHandle(0x81008F00));
        TestKeys.Blob().PersistentHandle.Should().BeNull();
        TestKeys.Blob().StorageParent.Should().BeNull();
    }

    [Fact]
    public void Every_template_can_be_the_parent()
    {
        foreach (EndorsementKeyTemplate template in EndorsementKeyTemplate.All)
        {
            TpmKeyBlob blob = new(template, new TpmName([]), TestKeys.AttestationKey, []);

            TpmKeyBlob.Parse(blob.ToArray()).EndorsementTemplate.Should().BeSameAs(template);
        }
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] bytes = TestKeys.Blob().ToArray();
        for (int length = 0; length < bytes.Length; length++)
        {
            RefusalOf(bytes[..length]).Should().NotBeNullOrEmpty();
        }
    }

    [Fact]
    public void Every_flipped_bit_is_noticed()
    {
        byte[] bytes = TestKeys.Blob().ToArray();
        for (int place = 0; place < bytes.Length; place++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] flipped = [.. bytes];
                flipped[place] ^= (byte)(1 << bit);

                string expected = place switch
                {
                    < 4 => "This is not a key blob*",
                    < 6 => "The key blob has version *",
                    _ => "The key blob is damaged: its checksum is wrong. Restore it from a copy, or remove it and enrol the machine again.",
                };
                RefusalOf(flipped).Should().Match(expected);
            }
        }
    }

    [Fact]
    public void Appended_bytes_are_noticed()
    {
        RefusalOf([.. TestKeys.Blob().ToArray(), 0]).Should().Contain("checksum");
    }

    [Fact]
    public void A_later_version_is_said_to_be_one()
    {
        byte[] bytes = [.. "HAAK"u8, 0, 3, 1, 2, 3];

        RefusalOf(bytes).Should().Be(
            "The key blob has version 3, and this library reads versions up to 2: use the version that wrote it, or a later one.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("HAA")]
    [InlineData("haak")]
    [InlineData("-----BEGIN TSS2 PRIVATE KEY-----")]
    public void Other_files_are_said_to_be_none(string text)
    {
        RefusalOf(Encoding.ASCII.GetBytes(text)).Should().StartWith(text.Length == 0
            ? "This is not a key blob: it is empty."
            : "This is not a key blob: it does not begin with 'HAAK'.");
    }

    [Theory]
    [InlineData("0003" + "482D39" + "0000")] // H-9
    [InlineData("0003" + "482DFF" + "0000")] // not ASCII
    [InlineData("0011" + "4848484848484848484848484848484848" + "0000")] // 17 characters
    [InlineData("0003" + "482D33" + "0043")] // a Name of 67 bytes
    [InlineData("0003" + "482D33" + "0000" + "0002" + "0023" + "0000")] // a public area cut short
    [InlineData("0003" + "482D33" + "0000" + "FFFF")]
    [InlineData("0003" + "482D33")]
    [InlineData("")]
    public void A_blob_with_the_right_checksum_and_a_wrong_content_is_refused(string hex)
    {
        byte[] content = [.. "HAAK"u8, 0, 1, .. Convert.FromHexString(hex)];

        RefusalOf([.. content, .. SHA256.HashData(content)])
            .Should().Be("The key blob is damaged. Restore it from a copy, or remove it and enrol the machine again.");
    }

    [Fact]
    public void A_key_whose_Name_cannot_be_computed_is_refused_also_with_the_right_checksum()
    {
        byte[] publicArea = TestKeys.AttestationKey.Encoded.ToArray();
        publicArea[3] = 0x12; // SM3
        byte[] content = [.. "HAAK"u8, 0, 1, 0, 3, .. "H-3"u8, 0, 0, 0, (byte)publicArea.Length, .. publicArea, 0, 0];

        RefusalOf([.. content, .. SHA256.HashData(content)]).Should().Contain("damaged");
    }

    [Fact]
    public void Bytes_at_random_are_refused()
    {
        Random random = new(20260723);
        for (int i = 0; i < 2000; i++)
        {
            byte[] content = [.. "HAAK"u8, 0, 1, .. new byte[random.Next(300)]];
            random.NextBytes(content.AsSpan(6));

            RefusalOf([.. content, .. SHA256.HashData(content)]).Should().Contain("damaged");
        }
    }

    [Fact]
    public void What_is_wrong_is_told_to_programs()
    {
        byte[] bytes = TestKeys.Blob().ToArray();
        FaultOf([]).Should().Be(TpmKeyFault.Damaged);
        FaultOf("-----BEGIN"u8.ToArray()).Should().Be(TpmKeyFault.Damaged);
        FaultOf(bytes[..^1]).Should().Be(TpmKeyFault.Damaged);
        FaultOf([.. "HAAK"u8, 0, 3, 1, 2, 3]).Should().Be(TpmKeyFault.UnsupportedVersion);

        static TpmKeyFault FaultOf(byte[] blob) => blob.Invoking(it => TpmKeyBlob.Parse(it)).Should().Throw<TpmKeyException>().Which.Fault;
    }

    [Fact]
    public void A_key_without_a_scheme_of_its_own_is_refused()
    {
        TpmtPublic key = TestKeys.AttestationKey;
        TpmsEccParms parameters = (TpmsEccParms)key.Parameters;
        TpmtPublic without = new(
            key.NameAlg,
            key.ObjectAttributes & ~TpmaObject.Restricted,
            [],
            new TpmsEccParms(parameters.Symmetric, TpmtScheme.Null, parameters.CurveId, parameters.Kdf),
            key.Unique);

        Action make = () => _ = new TpmKeyBlob(EndorsementKeyTemplate.L1, new TpmName([]), without, [1]);

        make.Should().Throw<ArgumentException>().WithMessage("*no signature scheme*").WithParameterName("publicArea");
    }

    [Fact]
    public void A_private_area_that_no_TPM_gives_is_refused()
    {
        TestKeys.Blob(privateSize: 2048).ToArray().Should().HaveCountGreaterThan(2048);

        Action make = () => TestKeys.Blob(privateSize: 2049);

        make.Should().Throw<ArgumentException>().WithMessage("*at most 2048 bytes, and 2049*").WithParameterName("privateArea");
    }

    private static string RefusalOf(byte[] bytes)
    {
        try
        {
            TpmKeyBlob.Parse(bytes);
        }
        catch (TpmKeyException exception)
        {
            return exception.Message;
        }

        throw new InvalidOperationException($"The blob {Convert.ToHexString(bytes)} was not refused.");
    }

    private static byte[] Replace(byte[] blob, TpmaObject attributes, TpmaObject others)
    {
        byte[] found = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(found, (uint)attributes);
        BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(blob.AsSpan().IndexOf(found)), (uint)others);
        return blob;
    }

    // With a checksum that is right.
    private static void ShouldBeDamaged(byte[] blob)
    {
        SHA256.HashData(blob.AsSpan(..^SHA256.HashSizeInBytes), blob.AsSpan(^SHA256.HashSizeInBytes..));
        Action parse = () => TpmKeyBlob.Parse(blob);
        parse.Should().Throw<TpmKeyException>().WithMessage("*damaged*");
    }
}

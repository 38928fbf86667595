using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Verifier;

/// <summary>
/// Device records as bytes: one for the version, then the properties in the order below. Numbers are big-endian, in 4 or 8 bytes; texts in UTF-8 and byte strings have their length in front, in 4 bytes; what
/// may be absent has a byte in front, 1 or 0; times are ticks of 100 nanoseconds since year 1, in UTC. A property that is added makes a new version, and the older ones are read all the same.
/// </summary>
internal static class DeviceRecordFormat
{
    private const byte Version = 1;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static byte[] Write(DeviceRecord device)
    {
        ArrayBufferWriter<byte> writer = new(1024);
        WriteByte(writer, Version);
        WriteText(writer, device.NodeId);
        WriteText(writer, device.EnrollmentId);
        WriteText(writer, device.EndorsementKeyId);
        WriteBytes(writer, device.EndorsementCertificate.Span);
        WriteInt32(writer, device.EndorsementCertificateChain.Count);
        foreach (ReadOnlyMemory<byte> certificate in device.EndorsementCertificateChain)
        {
            WriteBytes(writer, certificate.Span);
        }

        WriteInt32(writer, (int)device.TrustClass);
        WriteBytes(writer, device.EndorsementPublic.Span);
        WriteBytes(writer, device.AttestationPublic.Span);
        WriteBytes(writer, device.StorageParentPublic.Span);
        WriteInt64(writer, device.EnrolledAt.UtcTicks);
        WriteInt32(writer, (int)device.Status);
        WriteBoolean(writer, device.StatusReason is not null);
        if (device.StatusReason is { } reason)
        {
            WriteText(writer, reason);
        }

        WriteBoolean(writer, device.EnrollmentGrant is not null);
        if (device.EnrollmentGrant is { } grant)
        {
            WriteText(writer, grant.Id);
            WriteInt32(writer, (int)grant.Kind);
            WriteInt64(writer, grant.ExpiresAt.UtcTicks);
        }

        WriteBoolean(writer, device.LastVerifiedAt is not null);
        if (device.LastVerifiedAt is { } verifiedAt)
        {
            WriteInt64(writer, verifiedAt.UtcTicks);
        }

        WriteBoolean(writer, device.LastClockInfo is not null);
        if (device.LastClockInfo is { } clock)
        {
            WriteInt64(writer, (long)clock.Clock);
            WriteInt32(writer, (int)clock.ResetCount);
            WriteInt32(writer, (int)clock.RestartCount);
            WriteBoolean(writer, clock.Safe);
        }

        WriteInt64(writer, device.Revision);
        return writer.WrittenSpan.ToArray();
    }

    /// <exception cref="DeviceRecordFormatException">The bytes are damaged, or of a later version.</exception>
    public static DeviceRecord Read(ReadOnlySpan<byte> bytes)
    {
        Reader reader = new(bytes);
        if (reader.ReadByte() is not Version and byte version)
        {
            throw new DeviceRecordFormatException($"The device record is of version {version}, and version {Version} is read here: a later version of this library has written it, or it is damaged.");
        }

        DeviceRecord device = new()
        {
            NodeId = reader.ReadText(),
            EnrollmentId = reader.ReadText(),
            EndorsementKeyId = reader.ReadText(),
            EndorsementCertificate = reader.ReadBytes().ToArray(),
            EndorsementCertificateChain = reader.ReadList(),
            TrustClass = reader.ReadEnum<EndorsementTrustClass>(),
            EndorsementPublic = reader.ReadBytes().ToArray(),
            AttestationPublic = reader.ReadBytes().ToArray(),
            StorageParentPublic = reader.ReadBytes().ToArray(),
            EnrolledAt = reader.ReadTime(),
            Status = reader.ReadEnum<DeviceStatus>(),
            StatusReason = reader.ReadBoolean() ? reader.ReadText() : null,
            EnrollmentGrant = reader.ReadBoolean() ? new EnrollmentGrant(reader.ReadText(), reader.ReadEnum<EnrollmentGrantKind>(), reader.ReadTime()) : null,
            LastVerifiedAt = reader.ReadBoolean() ? reader.ReadTime() : null,
            LastClockInfo = reader.ReadBoolean()
                ? new TpmsClockInfo((ulong)reader.ReadInt64(), (uint)reader.ReadInt32(), (uint)reader.ReadInt32(), reader.ReadBoolean())
                : null,
            Revision = reader.ReadInt64(),
        };
        reader.ExpectEnd();
        return device;
    }

    private static void WriteByte(ArrayBufferWriter<byte> writer, byte value)
    {
        writer.GetSpan(sizeof(byte))[0] = value;
        writer.Advance(sizeof(byte));
    }

    private static void WriteInt32(ArrayBufferWriter<byte> writer, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(writer.GetSpan(sizeof(int)), value);
        writer.Advance(sizeof(int));
    }

    private static void WriteInt64(ArrayBufferWriter<byte> writer, long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(writer.GetSpan(sizeof(long)), value);
        writer.Advance(sizeof(long));
    }

    private static void WriteBoolean(ArrayBufferWriter<byte> writer, bool value) => WriteByte(writer, value ? (byte)1 : (byte)0);

    private static void WriteBytes(ArrayBufferWriter<byte> writer, ReadOnlySpan<byte> bytes)
    {
        WriteInt32(writer, bytes.Length);
        writer.Write(bytes);
    }

    // Half of a surrogate pair is no text: U+FFFD is written for it.
    private static void WriteText(ArrayBufferWriter<byte> writer, string text) => WriteBytes(writer, Encoding.UTF8.GetBytes(text));

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private readonly int _size = bytes.Length;
        private ReadOnlySpan<byte> _rest = bytes;

        public byte ReadByte() => Take(sizeof(byte))[0];

        public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int)));

        public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(sizeof(long)));

        public ReadOnlySpan<byte> ReadBytes() => Take(ReadInt32());

        public bool ReadBoolean() => ReadByte() switch
        {
            0 => false,
            1 => true,
            _ => throw Damaged(),
        };

        public string ReadText()
        {
            try
            {
                return Utf8.GetString(ReadBytes());
            }
            catch (DecoderFallbackException exception)
            {
                throw Damaged(exception);
            }
        }

        public ReadOnlyMemory<byte>[] ReadList()
        {
            // Each has its length, at least.
            int count = ReadInt32();
            if (count < 0 || count > _rest.Length / sizeof(int))
            {
                throw Damaged();
            }

            ReadOnlyMemory<byte>[] list = new ReadOnlyMemory<byte>[count];
            for (int i = 0; i < count; i++)
            {
                list[i] = ReadBytes().ToArray();
            }

            return list;
        }

        public DateTimeOffset ReadTime()
        {
            long ticks = ReadInt64();
            return ticks >= DateTimeOffset.MinValue.Ticks && ticks <= DateTimeOffset.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : throw Damaged();
        }

        public TEnum ReadEnum<TEnum>()
            where TEnum : struct, Enum
        {
            TEnum value = (TEnum)Enum.ToObject(typeof(TEnum), ReadInt32());
            return Enum.IsDefined(value) ? value : throw Damaged();
        }

        public readonly void ExpectEnd()
        {
            if (!_rest.IsEmpty)
            {
                throw Damaged();
            }
        }

        private ReadOnlySpan<byte> Take(int size)
        {
            if (size < 0 || size > _rest.Length)
            {
                throw Damaged();
            }

            ReadOnlySpan<byte> taken = _rest[..size];
            _rest = _rest[size..];
            return taken;
        }

        private readonly DeviceRecordFormatException Damaged(Exception? innerException = null) =>
            new($"The device record is damaged, at or before byte {_size - _rest.Length} of {_size}.", innerException);
    }
}

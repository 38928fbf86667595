using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using HardwareAttestation.Client.Tests.Keys;
using HardwareAttestation.Client.Tests.Sessions;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Tests;

/// <summary>Whole operations on something that is no TPM: each ends, with a value or a typed exception, after a number of commands that has a bound.</summary>
public sealed class AnyAnswerTests
{
    private const int MostCommands = 6000;
    private static readonly TpmlPcrSelection Pcrs = TpmlPcrSelection.Parse("sha1:0,1,2+sha256:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23");

    private static readonly Dictionary<string, Func<AttestationClient, Task>> Operations = new()
    {
        ["find"] = client => client.GetEndorsementKeyAsync(),
        ["find L-1"] = client => client.GetEndorsementKeyAsync(EndorsementKeyTemplate.L1),
        ["find H-3"] = client => client.GetEndorsementKeyAsync(EndorsementKeyTemplate.H3),
        ["find all"] = client => client.GetEndorsementKeysAsync(),
        ["load"] = client => client.LoadAttestationKeyAsync(TestKeys.Blob()),
        ["evict"] = client => client.EvictKeyAsync(TestKeys.Blob().At(new TpmHandle(0x81000002))),
        ["read PCRs"] = client => client.ReadPcrsAsync(Pcrs),
    };

    public static TheoryData<string> Names => [.. Operations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_operation_on_a_device_that_answers_any_bytes_ends_with_a_value_or_a_typed_exception(string operation)
    {
        // Later answers refuse, so that the operation goes on where a refusal is part of it.
        Gen<IList<byte[]>> answers = AnyBytes.Response(0, returnsHandle: false).ListOf().Select(list => (IList<byte[]>)[.. list]);
        Prop.ForAll(answers.ToArbitrary(), script => Ends(operation, new AnsweringTpm((command, number) => number < script.Count ? script[number] : Refusal(0x18B))))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_operation_on_a_device_that_seems_to_do_what_it_is_told_ends_with_a_value_or_a_typed_exception(string operation) =>
        Prop.ForAll(
            ArbMap.Default.GeneratorFor<int>().ToArbitrary(),
            seed => Ends(operation, new AnsweringTpm(new PlausibleTpm(seed).Answer))).Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    [Theory]
    [MemberData(nameof(Names))]
    public void An_operation_on_a_device_that_always_has_more_ends(string operation) => Ends(operation, new AnsweringTpm(PlausibleTpm.AnswerWithMore)).Should().BeTrue();

    private static byte[] Refusal(uint code) => ScriptedTpm.Response(0x8001, code, []);

    private static bool Ends(string operation, AnsweringTpm device)
    {
        AttestationClient client = new(device);
        try
        {
            Operations[operation](client).GetAwaiter().GetResult();
        }
        catch (HardwareAttestationException)
        {
        }

        return device.Count <= MostCommands;
    }

    private sealed class AnsweringTpm(Func<byte[], int, byte[]> answer) : ITpmDevice
    {
        public int Count { get; private set; }

        public string Name => "any";

        public bool HasResourceManager => false;

        public ValueTask<int> ExecuteAsync(ReadOnlyMemory<byte> command, Memory<byte> response, CancellationToken cancellationToken = default)
        {
            if (Count > MostCommands)
            {
                throw new InvalidOperationException("There is no end to it.");
            }

            byte[] bytes = answer(command.ToArray(), Count++);
            bytes.CopyTo(response);
            return ValueTask.FromResult(bytes.Length);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Answers each command in its form, with a content that nobody can rely on.</summary>
    private sealed class PlausibleTpm(int seed)
    {
        private readonly Random _random = new(seed);

        public byte[] Answer(byte[] command, int number)
        {
            if (_random.Next(8) == 0)
            {
                return Refusal(_random.Next(2) == 0 ? 0x18Bu : 0x1DFu);
            }

            TpmHandle first = FirstHandle(command);
            return CodeOf(command) switch
            {
                TpmCommandCode.GetCapability => GetCapability(command, more: _random.Next(2) == 0, step: (uint)_random.Next(1, 0x40), value: (uint)_random.Next()),
                TpmCommandCode.NV_ReadPublic => NVPublic(first, Pick(TpmAlgId.Sha256, TpmAlgId.Sha384, (TpmAlgId)0x7777), Pick(0x20000000u, 0x20040000u, 0x20020000u), (ushort)_random.Next(3000)),
                TpmCommandCode.NV_Read => NVRead(command, Certificates[_random.Next(Certificates.Length)]),
                TpmCommandCode.ReadPublic => ReadPublic(AnyKey()),
                TpmCommandCode.CreatePrimary => CreatePrimary(AnyKey()),
                TpmCommandCode.StartAuthSession => ScriptedTpm.Response(0x8001, 0, [0x02, 0, 0, 0, 0, 32, .. new byte[32]]),
                TpmCommandCode.PCR_Read => PcrRead(command, _random.Next(0, 70)),
                _ => ScriptedTpm.Response(BinaryPrimitives.ReadUInt16BigEndian(command), 0, new byte[_random.Next(40)]),
            };
        }

        public static byte[] AnswerWithMore(byte[] command, int number) => CodeOf(command) switch
        {
            TpmCommandCode.GetCapability => GetCapability(command, more: true, step: 0, value: 1),
            TpmCommandCode.NV_ReadPublic => NVPublic(FirstHandle(command), TpmAlgId.Sha256, 0x20040000, ushort.MaxValue),
            TpmCommandCode.NV_Read => NVRead(command, []),
            TpmCommandCode.PCR_Read => PcrRead(command, 32),
            _ => Refusal(0x18B),
        };

        private static readonly byte[][] Certificates = [[], [0x30, 0x82, 0x01, 0x00], [0x10, 0x01, 0x00, 0x01, 0x00], TestKeys.EccEndorsementKey.Encoded.ToArray()];

        private static TpmCommandCode CodeOf(byte[] command) => (TpmCommandCode)BinaryPrimitives.ReadUInt32BigEndian(command.AsSpan(6));

        private static TpmHandle FirstHandle(byte[] command) => new(command.Length < 14 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(command.AsSpan(10)));

        private static byte[] Number(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

        private static byte[] Sized(byte[] bytes) => [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];

        private static byte[] Authorised(byte[] handle, byte[] parameters) =>
            ScriptedTpm.Response(0x8002, 0, [.. handle, .. Number((uint)parameters.Length), .. parameters, 0, 0, 1, 0, 0]);

        private static byte[] GetCapability(byte[] command, bool more, uint step, uint value)
        {
            uint capability = BinaryPrimitives.ReadUInt32BigEndian(command.AsSpan(10));
            uint asked = BinaryPrimitives.ReadUInt32BigEndian(command.AsSpan(14));
            byte[] element = capability == 1 ? Number(asked + step) : [.. Number(asked), .. Number(value)];
            return ScriptedTpm.Response(0x8001, 0, [more ? (byte)1 : (byte)0, .. Number(capability), .. Number(1), .. element]);
        }

        private static byte[] NVPublic(TpmHandle index, TpmAlgId hash, uint attributes, ushort size) => ScriptedTpm.Response(
            0x8001, 0, [.. Sized(new TpmsNVPublic(index, hash, (TpmaNV)attributes, [], size).Encode()), .. Sized([])]);

        // The size that was asked for stands in front of the offset, at the end of the command.
        private static byte[] NVRead(byte[] command, byte[] beginning)
        {
            byte[] content = new byte[BinaryPrimitives.ReadUInt16BigEndian(command.AsSpan(command.Length - 4))];
            beginning.AsSpan(0, Math.Min(beginning.Length, content.Length)).CopyTo(content);
            return Authorised([], Sized(content));
        }

        private static byte[] ReadPublic(TpmtPublic key) =>
            ScriptedTpm.Response(0x8001, 0, [.. Sized(key.Encoded.ToArray()), .. Sized([0, 11]), .. Sized([0, 11])]);

        private static byte[] CreatePrimary(TpmtPublic key) => Authorised(
            [0x80, 0, 0, 1], [.. Sized(key.Encoded.ToArray()), .. Sized([]), .. Sized([]), 0x80, 0x21, .. Number(0x4000000B), .. Sized([]), .. Sized([0, 11])]);

        // One PCR at a time, the first that was asked for.
        private static byte[] PcrRead(byte[] command, int size)
        {
            TpmsPcrSelection bank = TpmWire.Parse<TpmlPcrSelection>(command.AsSpan(10))[0];
            TpmlPcrSelection one = new([new TpmsPcrSelection(bank.Hash, [bank.Pcrs.First()])]);
            return ScriptedTpm.Response(0x8001, 0, [.. Number(1), .. one.Encode(), .. Number(1), .. Sized(new byte[size])]);
        }

        // A key with some bits of another nameAlg, other attributes, another scheme, curve or point, as far as that can be read.
        private TpmtPublic AnyKey()
        {
            byte[] bytes = Pick(TestKeys.EccEndorsementKey, TestKeys.AttestationKey, EndorsementKeyTemplate.L1.PublicArea, EndorsementKeyTemplate.H3.PublicArea).Encoded.ToArray();
            for (int changes = _random.Next(3); changes > 0; changes--)
            {
                byte[] changed = [.. bytes];
                changed[_random.Next(changed.Length)] ^= (byte)(1 << _random.Next(8));
                try
                {
                    TpmWire.Parse<TpmtPublic>(changed);
                    bytes = changed;
                }
                catch (TpmFormatException)
                {
                }
            }

            return TpmWire.Parse<TpmtPublic>(bytes);
        }

        private T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];
    }
}

using System.Buffers.Binary;

namespace HardwareAttestation.EndToEnd.Tests;

/// <summary>
/// Something between the client and a real TPM distorts what the TPM answers, at any command: each operation ends with a value or a typed exception, after a number of commands that
/// has a bound.
/// </summary>
public sealed class DistortedAnswerTests
{
    private const int MostCommands = 200;
    private const int Rounds = 40;

    public static TheoryData<string, string> EveryOperation => LeakTests.EveryOperation;

    [Theory]
    [MemberData(nameof(EveryOperation))]
    public async Task A_distorted_answer_gives_a_value_or_a_typed_exception(string operation, string template)
    {
        await using Workbench bench = await Workbench.CreateAsync(template);
        int commands = await bench.CountCommandsAsync(operation);
        for (int round = 0; round < Rounds; round++)
        {
            // The seed is in the message of a failure, and makes it happen again.
            string because = $"this happened in round {round}";
            Random random = new(round);
            int command = 1 + (round % commands);
            bool goesOn = random.Next(4) == 0;
            bench.Device.Forget();
            bench.Device.ChangeAnswer = (number, answer) =>
            {
                number.Should().BeLessThan(MostCommands, because);
                return number == command || (goesOn && number > command) ? Distort(answer, random) : answer;
            };
            Exception? failure = null;
            try
            {
                await bench.RunAsync(operation);
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            failure?.Should().BeAssignableTo<HardwareAttestationException>(because);
            await bench.BeginAnewAsync();
        }
    }

    private static byte[] Distort(byte[] answer, Random random)
    {
        byte[] distorted = [.. answer];
        switch (random.Next(7))
        {
            case 0:
                distorted[random.Next(distorted.Length)] ^= (byte)(1 << random.Next(8));
                return distorted;
            case 1:
                return distorted[..random.Next(distorted.Length)];
            case 2:
                return WithTrueSize(distorted[..random.Next(10, distorted.Length + 1)]);
            case 3:
                return WithTrueSize([.. distorted, .. Noise(random, random.Next(1, 64))]);
            case 4:
                random.NextBytes(distorted.AsSpan(10));
                return distorted;
            case 5:
                // Some code of an error.
                BinaryPrimitives.WriteUInt32BigEndian(distorted.AsSpan(6), (uint)random.Next(1, 0xFFF) & ~0x28u);
                return WithTrueSize(distorted[..10]);
            default:
                return Noise(random, random.Next(4097));
        }
    }

    private static byte[] Noise(Random random, int length)
    {
        byte[] noise = new byte[length];
        random.NextBytes(noise);
        return noise;
    }

    private static byte[] WithTrueSize(byte[] answer)
    {
        BinaryPrimitives.WriteInt32BigEndian(answer.AsSpan(2), answer.Length);
        return answer;
    }
}

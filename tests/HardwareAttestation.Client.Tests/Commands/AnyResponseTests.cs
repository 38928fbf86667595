using FsCheck;
using FsCheck.Fluent;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Client.Tests.Keys;
using HardwareAttestation.Client.Tests.Sessions;
using HardwareAttestation.Structures;
using Microsoft.Extensions.Logging.Abstractions;

namespace HardwareAttestation.Client.Tests.Commands;

/// <summary>Whatever bytes come back, each command gives a value or a typed exception, and takes no more memory than the response's size and a constant.</summary>
public sealed class AnyResponseTests
{
    // What an exception costs on its way through the asynchronous methods is most of it.
    private const int Constant = 64 * 1024;

    // A password is not over Names, so that any will do.
    private static readonly TpmEntity Key = new(new TpmHandle(0x80000001), new TpmName([]));
    private static readonly TpmEntity Parent = new(new TpmHandle(0x81010001), new TpmName([]));
    private static readonly TpmEntity Index = new(new TpmHandle(0x01C00002), new TpmName([]));
    private static readonly TpmHandle Session = new(0x03000000);
    private static readonly byte[] Data = new byte[32];

    private static readonly Subject[] Subjects =
    [
        Of<ActivateCredentialCommand, byte[]>(new(Key, Parent, new TpmsIdObject([1], [2]), Data), 2),
        Of<CertifyCommand, AttestResponse>(new(Key, Key, Data), 2),
        Of<CreateCommand, CreateResponse>(new(Parent, default, TestKeys.AttestationKey), 1),
        Of<ComparePublicCommand, byte[]>(new(Key.Handle), 0),
        Of<CreatePrimaryCommand, CreatePrimaryResponse>(new(TpmHandle.Endorsement, TestKeys.EccEndorsementKey), 1),
        Of<EvictControlCommand, NoResponse>(new(Key, new TpmHandle(0x81000002)), 1),
        Of<FlushContextCommand, NoResponse>(new(Key.Handle), 0),
        Of<GetHandlesCommand, CapabilityResponse<TpmHandle>>(new(Index.Handle), 0),
        Of<GetRandomCommand, byte[]>(new(32), 0),
        Of<GetTimeCommand, AttestResponse>(new(Key, Data), 2),
        Of<GetTpmPropertiesCommand, CapabilityResponse<TpmsTaggedProperty>>(new(TpmPt.NVBufferMax, 1), 0),
        Of<GetAlgorithmsCommand, CapabilityResponse<TpmAlgId>>(new(TpmAlgId.None), 0),
        Of<GetEccCurvesCommand, CapabilityResponse<TpmEccCurve>>(new(TpmEccCurve.None), 0),
        Of<GetPcrBanksCommand, TpmlPcrSelection>(new(), 0),
        Of<HashCommand, HashResponse>(new(Data, TpmAlgId.Sha256, TpmHandle.Endorsement), 0),
        Of<HashSequenceStartCommand, TpmHandle>(new(TpmAlgId.Sha256), 0),
        Of<LoadCommand, LoadResponse>(new(Parent, Data, TestKeys.AttestationKey), 1),
        Of<NVCertifyCommand, AttestResponse>(new(Key, Index, Index, Data, 2, 0), 2),
        Of<NVReadCommand, byte[]>(new(Index, Index, 2, 0), 1),
        Of<NVReadPublicCommand, TpmsNVPublic>(new(Index.Handle), 0),
        Of<PcrReadCommand, PcrReadResponse>(new(TpmlPcrSelection.Parse("sha256:0")), 0),
        Of<PolicyOrCommand, NoResponse>(new(Session, [Data, Data]), 0),
        Of<PolicySecretCommand, NoResponse>(new(TpmHandle.Endorsement, Session), 1),
        Of<QuoteCommand, QuoteResponse>(new(Key, Data, TpmlPcrSelection.Parse("sha256:0")), 1),
        Of<ReadPublicCommand, ReadPublicResponse>(new(Key.Handle), 0),
        Of<SequenceCompleteCommand, HashResponse>(new(Key.Handle, Data, TpmHandle.Endorsement), 1),
        Of<SequenceUpdateCommand, NoResponse>(new(Key.Handle, Data), 1),
        Of<SignCommand, TpmtSignature>(new(Key, Data, TpmtTkHashCheck.Null), 1),
        Of<StartAuthSessionCommand, StartAuthSessionResponse>(new(Parent.Handle, Data, Data, TpmSe.Hmac, TpmtSymDef.Aes128Cfb, TpmAlgId.Sha256), 0),
    ];

    public static TheoryData<string> Names => [.. Subjects.Select(subject => subject.Name)];

    [Fact]
    public void No_command_is_forgotten() => Subjects.Select(subject => subject.Name).Should().BeEquivalentTo(
        typeof(ITpmCommand<>).Assembly.GetTypes()
            .Where(type => type.IsValueType && type.GetInterfaces().Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(ITpmCommand<>)))
            .Select(type => type.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Any_response_is_a_value_or_a_typed_exception_and_takes_little_memory(string name)
    {
        Subject subject = Subjects.Single(subject => subject.Name == name);
        Try(subject, []);

        Prop.ForAll(AnyBytes.Response(subject.Authorisations, subject.ReturnsHandle).ToArbitrary(), response => Try(subject, response) <= Constant + response.Length)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(400));
    }

    /// <summary>Executes a command that is answered with given bytes.</summary>
    /// <returns>How many bytes were allocated.</returns>
    private static long Try(Subject subject, byte[] response)
    {
        // What follows is the flush of a handle that came with it, or the command once more, if the response asks for that.
        ScriptedTpm tpm = new ScriptedTpm().Answer(response).Refuse(0x101).Refuse(0x101);
        TpmChannel channel = new(tpm, NullLogger.Instance);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Task execution = subject.ExecuteAsync(channel);
            execution.IsCompleted.Should().BeTrue("or else memory would be allocated on other threads");
            execution.GetAwaiter().GetResult();
        }
        catch (HardwareAttestationException)
        {
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static Subject Of<TCommand, TResponse>(TCommand command, int authorisations)
        where TCommand : struct, ITpmCommand<TResponse> => new(
        typeof(TCommand).Name,
        authorisations,
        TCommand.ReturnsHandle,
        authorisations switch
        {
            0 => channel => channel.ExecuteAsync<TCommand, TResponse>(command, default).AsTask(),
            1 => channel => channel.ExecuteAsync<TCommand, TResponse>(command, PasswordAuthorization.Empty, default).AsTask(),
            _ => channel => channel.ExecuteAsync<TCommand, TResponse>(
                command, new Authorizations(PasswordAuthorization.Empty, PasswordAuthorization.Empty), default).AsTask(),
        });

    private sealed record Subject(string Name, int Authorisations, bool ReturnsHandle, Func<TpmChannel, Task> ExecuteAsync);
}

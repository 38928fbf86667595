using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.EndToEnd.Tests;

/// <content>What fills up a TPM's memory, and what locks it.</content>
internal static partial class RawTpm
{

    /// <summary>TPM2_StartAuthSession of an HMAC session with SHA-256, not salted and not bound.</summary>
    public static async Task<TpmHandle> StartSessionAsync(ITpmDevice device)
    {
        byte[] response = await ExecuteAsync(device, TpmSt.NoSessions, TpmCommandCode.StartAuthSession, Write((ref TpmWriter writer) =>
        {
            const byte HmacSession = 0;
            writer.WriteHandle(TpmHandle.Null);
            writer.WriteHandle(TpmHandle.Null);
            writer.WriteSized(new byte[32]);
            writer.WriteSized([]);
            writer.WriteByte(HmacSession);
            writer.WriteAlgorithm(TpmAlgId.Null);
            writer.WriteAlgorithm(TpmAlgId.Sha256);
        }));
        return new TpmHandle(new TpmReader(response).ReadUInt32("sessionHandle"));
    }

    /// <summary>TPM2_ContextSave. A session then fills no slot any more, but still has its handle.</summary>
    public static Task SaveContextAsync(ITpmDevice device, TpmHandle handle) =>
        ExecuteAsync(device, TpmSt.NoSessions, TpmCommandCode.ContextSave, Write((ref TpmWriter writer) => writer.WriteHandle(handle)));

    /// <summary>TPM2_DictionaryAttackParameters with the empty value of the lockout hierarchy: how many failures lock the TPM, for an hour each.</summary>
    public static Task SetFailuresAllowedAsync(ITpmDevice device, uint count) =>
        ExecuteAsync(device, TpmSt.Sessions, TpmCommandCode.DictionaryAttackParameters, Write((ref TpmWriter writer) =>
        {
            const uint Hour = 3600;
            writer.WriteHandle(TpmHandle.Lockout);
            WriteEmptyPasswords(1, ref writer);
            writer.WriteUInt32(count);
            writer.WriteUInt32(Hour);
            writer.WriteUInt32(Hour);
        }));
}

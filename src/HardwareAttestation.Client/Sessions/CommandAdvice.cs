using HardwareAttestation.Structures;

namespace HardwareAttestation.Client.Sessions;

/// <summary>What a refusal means in the commands that this client sends, and what to do about it.</summary>
internal static class CommandAdvice
{
    private const string EndorsementValue =
        "The endorsement hierarchy has an authorisation value, and another or an empty one was given: name it in TpmAuthValues.Endorsement.";

    private const string KeyValue =
        "The key that is used, or its parent, has an authorisation value, and another or an empty one was given: load the key with its value, and name its parent's in TpmAuthValues.";

    private const string EndorsementOrKeyValue =
        "The endorsement hierarchy or the key has an authorisation value, and another or an empty one was given: "
        + "name the hierarchy's in TpmAuthValues.Endorsement, and load the key with its own.";

    private const string IndexOrKeyValue =
        "The NV index, its owner or the key has an authorisation value, and another or an empty one was given: "
        + "name the owner's in TpmAuthValues.Owner, and load the key with its own. An index with a value of its own cannot be certified here.";

    private static readonly (TpmCommandCode? Command, TpmRc Error, string Advice)[] Table =
    [
        (TpmCommandCode.ActivateCredential, TpmRc.Integrity,
            "The credential was made for another attestation key, or for another TPM: begin the enrolment anew."),
        (TpmCommandCode.ActivateCredential, TpmRc.Value,
            "The credential was encrypted to another endorsement key than this TPM's: compare the certificate's key with the TPM's."),
        (TpmCommandCode.ActivateCredential, TpmRc.Size,
            "The credential was encrypted to another endorsement key than this TPM's: compare the certificate's key with the TPM's."),
        (TpmCommandCode.ActivateCredential, TpmRc.Failure,
            "If the TPM answers other commands, it is not broken, and the credential was encrypted to another endorsement key than its own: "
            + "compare the certificate's key with the TPM's."),
        (TpmCommandCode.PolicySecret, TpmRc.BadAuth, EndorsementValue),
        (TpmCommandCode.PolicySecret, TpmRc.AuthFail, EndorsementValue),
        (TpmCommandCode.CreatePrimary, TpmRc.BadAuth,
            "The hierarchy has an authorisation value, and another or an empty one was given: name it in TpmAuthValues.Owner or TpmAuthValues.Endorsement."),
        (TpmCommandCode.EvictControl, TpmRc.BadAuth,
            "The owner has an authorisation value, and another or an empty one was given: name it in TpmAuthValues.Owner."),
        (TpmCommandCode.EvictControl, TpmRc.NVSpace,
            "The TPM has no room for another persistent key: evict one that is no longer needed, or load the key from its blob at each start."),
        (TpmCommandCode.EvictControl, TpmRc.Hierarchy,
            "The owner's authorisation makes keys persistent that are under the storage root key or the endorsement key, and this one is not."),
        (TpmCommandCode.NV_Read, TpmRc.BadAuth,
            "Only the owner may read the NV index, and he has an authorisation value of which another or none was given: name it in TpmAuthValues.Owner."),
        (TpmCommandCode.CreatePrimary, TpmRc.Hierarchy,
            "The endorsement hierarchy is disabled: enable it in the firmware's settings."),
        (TpmCommandCode.Quote, TpmRc.Value,
            "The TPM may not have one of the PCR banks that were asked for."),
        (TpmCommandCode.Sign, TpmRc.Ticket,
            "A restricted key signs only what the same TPM has hashed in the same boot, and never what begins with TPM_GENERATED_VALUE (FF 54 43 47): "
            + "put a label in front of such data."),
        (TpmCommandCode.GetTime, TpmRc.BadAuth, EndorsementOrKeyValue),
        (TpmCommandCode.GetTime, TpmRc.AuthFail, EndorsementOrKeyValue),
        (TpmCommandCode.NV_Certify, TpmRc.BadAuth, IndexOrKeyValue),
        (TpmCommandCode.NV_Certify, TpmRc.AuthFail, IndexOrKeyValue),
        (TpmCommandCode.NV_ReadPublic, TpmRc.Handle,
            "The TPM has no such NV index: define and write it first."),
        (TpmCommandCode.NV_Certify, TpmRc.NVUninitialized,
            "Nothing was written to the NV index yet: write it first."),
        (TpmCommandCode.NV_Certify, TpmRc.NVRange,
            "The NV index is shorter than offset and size say: ask for less."),
        (TpmCommandCode.NV_Certify, TpmRc.Value,
            "The TPM gives less of an NV index at a time (TPM_PT_NV_BUFFER_MAX): ask for it in parts."),
        (TpmCommandCode.NV_Certify, TpmRc.NVLocked,
            "The NV index cannot be read until the next reboot: somebody locked it (TPM2_NV_ReadLock)."),
        (null, TpmRc.BadAuth, KeyValue),
        (null, TpmRc.AuthFail, KeyValue),
        (null, TpmRc.Lockout,
            "Attestation keys made here are exempt, and so are keys used by policy: have an endorsement key of the high range used so (TpmAuthValues.UseEndorsementKeyPolicy)."),
        (null, TpmRc.Initialize,
            "The TPM was reset under the client's feet: open the device again, which starts it."),
        (null, TpmRc.CommandCode,
            "On Windows, run elevated; elsewhere, this TPM cannot do what was asked for."),
    ];

    public static string? For(TpmCommandCode command, TpmResponseCode code)
    {
        foreach ((TpmCommandCode? forCommand, TpmRc error, string advice) in Table)
        {
            if (error == code.Error && (forCommand is null || forCommand == command))
            {
                return advice;
            }
        }

        return null;
    }
}

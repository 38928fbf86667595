using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Testing;

/// <summary>Where the parts of commands and responses lie (TPM 2.0 Library, Part 1, section 18), for the commands that are known here.</summary>
internal static class CommandLayout
{
    // What the first parameter, a TPM2B, says that is nobody else's business.
    [Flags]
    private enum Secrets
    {
        None = 0,
        Command = 1,
        Response = 2,

        // As Response, where the last handle is an NV index which is not of the TPM maker's.
        IndexContent = 4,
    }

    private static readonly Dictionary<TpmCommandCode, (int Handles, int ResponseHandles, Secrets Secrets)> Table = new()
    {
        [TpmCommandCode.EvictControl] = (2, 0, Secrets.None),
        [TpmCommandCode.CreatePrimary] = (1, 1, Secrets.Command),
        [TpmCommandCode.SequenceComplete] = (1, 0, Secrets.Command),
        [TpmCommandCode.SelfTest] = (0, 0, Secrets.None),
        [TpmCommandCode.Startup] = (0, 0, Secrets.None),
        [TpmCommandCode.Shutdown] = (0, 0, Secrets.None),
        [TpmCommandCode.ActivateCredential] = (2, 0, Secrets.Response),
        [TpmCommandCode.Certify] = (2, 0, Secrets.None),
        [TpmCommandCode.GetTime] = (2, 0, Secrets.None),
        [TpmCommandCode.NV_Read] = (2, 0, Secrets.IndexContent),
        [TpmCommandCode.PolicySecret] = (2, 0, Secrets.None),
        [TpmCommandCode.Create] = (1, 0, Secrets.Command),
        [TpmCommandCode.Load] = (1, 1, Secrets.None),
        [TpmCommandCode.Quote] = (1, 0, Secrets.None),
        [TpmCommandCode.SequenceUpdate] = (1, 0, Secrets.Command),
        [TpmCommandCode.Sign] = (1, 0, Secrets.None),
        [TpmCommandCode.FlushContext] = (0, 0, Secrets.None),
        [TpmCommandCode.NV_ReadPublic] = (1, 0, Secrets.None),
        [TpmCommandCode.PolicyOR] = (1, 0, Secrets.None),
        [TpmCommandCode.ReadPublic] = (1, 0, Secrets.None),
        [TpmCommandCode.StartAuthSession] = (2, 1, Secrets.None),
        [TpmCommandCode.GetCapability] = (0, 0, Secrets.None),
        [TpmCommandCode.GetRandom] = (0, 0, Secrets.Response),
        [TpmCommandCode.Hash] = (0, 0, Secrets.Command),
        [TpmCommandCode.PCR_Read] = (0, 0, Secrets.None),
        [TpmCommandCode.PCR_Extend] = (1, 0, Secrets.None),
        [TpmCommandCode.NV_Certify] = (3, 0, Secrets.IndexContent),
        [TpmCommandCode.HashSequenceStart] = (0, 1, Secrets.Command),
    };

    /// <summary>The command code of one whole command.</summary>
    public static TpmCommandCode CodeOf(ReadOnlySpan<byte> command) => (TpmCommandCode)(uint)TpmHeader.ReadResponseCode(command).Value;

    /// <summary>The command's name in the TCG's words, or its number.</summary>
    public static string NameOf(ReadOnlySpan<byte> command)
    {
        TpmCommandCode code = CodeOf(command);
        return Enum.IsDefined(code) ? $"TPM2_{code}" : $"TPM command 0x{(uint)code:X8}";
    }

    /// <summary>Which part of a command a byte is of, in words.</summary>
    public static string PartAt(ReadOnlySpan<byte> command, int offset)
    {
        if (offset < TpmHeader.Size)
        {
            return offset switch { < 2 => "the tag", < 6 => "the size", _ => "the command code" };
        }

        if (!Table.TryGetValue(CodeOf(command), out var layout))
        {
            return "what follows the header";
        }

        int handle = (offset - TpmHeader.Size) / sizeof(uint);
        if (handle < layout.Handles)
        {
            return $"handle {handle + 1}";
        }

        try
        {
            TpmReader reader = new(command);
            return HasSessions(command) && offset < ReadAuthorizations(ref reader, layout.Handles, null) ? "the authorisations" : "the parameters";
        }
        catch (TpmFormatException)
        {
            return "the authorisations or the parameters";
        }
    }

    /// <summary>What of a command tells a secret: passwords, HMACs by which weak values could be guessed, and what a first parameter says.</summary>
    public static IReadOnlyList<Range> FindSecretsOfCommand(ReadOnlySpan<byte> command)
    {
        List<Range> secrets = [];
        try
        {
            if (Table.TryGetValue(CodeOf(command), out var layout))
            {
                TpmReader reader = new(command);
                if (HasSessions(command))
                {
                    ReadAuthorizations(ref reader, layout.Handles, secrets);
                }
                else
                {
                    reader.ReadBytes("handles", TpmHeader.Size + (layout.Handles * sizeof(uint)));
                }

                if (layout.Secrets.HasFlag(Secrets.Command))
                {
                    AddSized(ref reader, secrets);
                }

                return secrets;
            }
        }
        catch (TpmFormatException)
        {
            // It is not what it should be, and nobody knows what it tells.
        }

        return [TpmHeader.Size..command.Length];
    }

    /// <summary>What of the response to a command tells a secret.</summary>
    public static IReadOnlyList<Range> FindSecretsOfResponse(ReadOnlySpan<byte> command, ReadOnlySpan<byte> response)
    {
        if (response.Length <= TpmHeader.Size)
        {
            return [];
        }

        List<Range> secrets = [];
        try
        {
            if (Table.TryGetValue(CodeOf(command), out var layout))
            {
                TpmReader reader = new(response);
                reader.ReadBytes("handles", TpmHeader.Size + (layout.ResponseHandles * sizeof(uint)));
                int end = response.Length;
                if (HasSessions(response))
                {
                    uint size = reader.ReadUInt32("parameterSize");
                    end = size <= reader.Remaining ? reader.Position + (int)size : throw new TpmFormatException("parameterSize is larger than the response.");
                }

                if (layout.Secrets.HasFlag(Secrets.Response) || (layout.Secrets.HasFlag(Secrets.IndexContent) && !IsOfTpmMaker(IndexOf(command, layout.Handles))))
                {
                    AddSized(ref reader, secrets);
                }

                TpmReader authorizations = new(response);
                authorizations.ReadBytes("parameters", end);
                while (authorizations.Remaining > 0)
                {
                    authorizations.ReadSized("nonceTPM");
                    authorizations.ReadByte("sessionAttributes");
                    AddSized(ref authorizations, secrets);
                }

                return secrets;
            }
        }
        catch (TpmFormatException)
        {
            // As above.
        }

        return [TpmHeader.Size..response.Length];
    }

    private static bool HasSessions(ReadOnlySpan<byte> message) => (TpmSt)new TpmReader(message).ReadUInt16("tag") == TpmSt.Sessions;

    // TPMS_AUTH_COMMAND: session handle, nonce, attributes, HMAC or password. Gives where the parameters begin.
    private static int ReadAuthorizations(ref TpmReader reader, int handles, List<Range>? secrets)
    {
        reader.ReadBytes("handles", TpmHeader.Size + (handles * sizeof(uint)));
        uint size = reader.ReadUInt32("authorizationSize");
        int end = size <= reader.Remaining ? reader.Position + (int)size : throw new TpmFormatException("authorizationSize is larger than the command.");
        while (reader.Position < end)
        {
            reader.ReadUInt32("sessionHandle");
            reader.ReadSized("nonceCaller");
            reader.ReadByte("sessionAttributes");
            AddSized(ref reader, secrets);
        }

        return reader.Position == end ? end : throw new TpmFormatException("authorizationSize is not that of the authorisations.");
    }

    private static void AddSized(ref TpmReader reader, List<Range>? secrets)
    {
        int length = reader.ReadSized("secret").Length;
        secrets?.Add((reader.Position - length)..reader.Position);
    }

    private static TpmHandle IndexOf(ReadOnlySpan<byte> command, int handles)
    {
        TpmReader reader = new(command);
        reader.ReadBytes("handles", TpmHeader.Size + ((handles - 1) * sizeof(uint)));
        return new TpmHandle(reader.ReadUInt32("nvIndex"));
    }

    // 0x01C00000 to 0x01C07FFF: endorsement certificates and their like (TCG Registry of Reserved TPM 2.0 Handles, section 2.2.2).
    private static bool IsOfTpmMaker(TpmHandle index) => index.Value >> 15 == 0x01C00000 >> 15;
}

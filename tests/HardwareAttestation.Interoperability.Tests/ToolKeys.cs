using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Interoperability.Tests;

/// <summary>Keys as the tools make them, and what is done with them.</summary>
internal static class ToolKeys
{
    /// <summary>The endorsement keys that the tools can make or that the machine's manufacturer left, with the SDK's templates.</summary>
    public static TheoryData<string> EndorsementKeys => ["rsa", "ecc", "ecc384", "0x81010001", "0x81010016"];

    /// <summary>The attestation keys that the tools can make: algorithm, hash, scheme.</summary>
    public static TheoryData<string, string, string> AttestationKeys => new()
    {
        { "ecc", "sha256", "ecdsa" },
        { "ecc384", "sha384", "ecdsa" },
        { "rsa", "sha256", "rsassa" },
        { "rsa", "sha384", "rsassa" },
        { "rsa", "sha256", "rsapss" },
    };

    public static EndorsementKeyTemplate TemplateOf(string endorsementKey) => endorsementKey switch
    {
        "ecc" => EndorsementKeyTemplate.L2,
        "ecc384" or "0x81010016" => EndorsementKeyTemplate.H3,
        _ => EndorsementKeyTemplate.L1,
    };

    /// <summary>Makes an endorsement key with tpm2_createek, or reads a persistent one; its public area is then in ek.pub and its Name in ek.name.</summary>
    /// <returns>What the tools take for the key.</returns>
    public static async Task<string> CreateEndorsementKeyAsync(this Tpm2Tools tools, string kind)
    {
        string context = kind;
        if (!kind.StartsWith("0x", StringComparison.Ordinal))
        {
            context = "ek.ctx";
            await tools.RunAsync("tpm2_createek", "-c", context, "-G", kind);
        }

        await tools.RunAsync("tpm2_readpublic", "-c", context, "-o", "ek.pub", "-n", "ek.name");
        return context;
    }

    /// <summary>Makes an attestation key: ak.ctx, ak.pub, ak.priv, ak.name.</summary>
    /// <returns>Its qualified Name, as the tools print it.</returns>
    public static async Task<TpmName> CreateAttestationKeyAsync(
        this Tpm2Tools tools, string endorsementKey, string algorithm = "ecc", string hash = "sha256", string scheme = "ecdsa")
    {
        const string Label = "qualified name:";
        string output = await tools.RunAsync(
            "tpm2_createak", "-C", endorsementKey, "-c", "ak.ctx", "-G", algorithm, "-g", hash, "-s", scheme, "-u", "ak.pub", "-r", "ak.priv", "-n", "ak.name");
        string line = output.Split('\n').Single(line => line.Contains(Label, StringComparison.Ordinal));
        return new TpmName(Convert.FromHexString(line[(line.IndexOf(Label, StringComparison.Ordinal) + Label.Length)..].Trim()));
    }

    public static TpmtPublic ReadPublic(this Tpm2Tools tools, string file) => TpmWire.ParseSized<TpmtPublic>(tools.Read(file));

    /// <summary>Opens the credential in the file "credential" with ak.ctx and an endorsement key.</summary>
    public static async Task<byte[]> ActivateCredentialAsync(this Tpm2Tools tools, string endorsementKey)
    {
        string[] arguments = ["-c", "ak.ctx", "-C", endorsementKey, "-i", "credential", "-o", "secret"];

        // Keys of the high range are used with their authorisation value, which is empty. Those of the low range know their policy only.
        if (tools.ReadPublic("ek.pub").ObjectAttributes.HasFlag(TpmaObject.UserWithAuth))
        {
            await tools.RunAsync("tpm2_activatecredential", arguments);
            return tools.Read("secret");
        }

        await tools.RunAsync("tpm2_startauthsession", "--policy-session", "-S", "session.ctx");
        try
        {
            await tools.RunAsync("tpm2_policysecret", "-S", "session.ctx", "-c", "e");
            await tools.RunAsync("tpm2_activatecredential", [.. arguments, "-P", "session:session.ctx"]);
            return tools.Read("secret");
        }
        finally
        {
            await tools.RunAsync("tpm2_flushcontext", "session.ctx");
        }
    }

    /// <summary>Quotes with ak.ctx: message, signature, values.</summary>
    public static Task QuoteAsync(this Tpm2Tools tools, ReadOnlyMemory<byte> nonce, TpmlPcrSelection selection, string hash, string scheme) => tools.RunAsync(
        "tpm2_quote",
        "-c", "ak.ctx",
        "-l", selection.ToString(),
        "-q", Convert.ToHexStringLower(nonce.Span),
        "-g", hash,
        "--scheme", scheme,
        "-m", "message",
        "-s", "signature",
        "-o", "values",
        "-F", "values");

    /// <summary>Gives some PCRs of every bank values of their own: a fresh TPM's are all zero, and one could stand for the other.</summary>
    public static async Task ExtendPcrsAsync(this Tpm2Tools tools)
    {
        foreach (int pcr in (int[])[0, 1, 7, 16, 23])
        {
            string digests = string.Join(',', ((TpmAlgId[])[TpmAlgId.Sha1, TpmAlgId.Sha256, TpmAlgId.Sha384]).Select(
                bank => $"{TpmHash.ToToolName(bank)}={Convert.ToHexStringLower(TpmHash.HashData(bank, [(byte)pcr]))}"));
            await tools.RunAsync("tpm2_pcrextend", $"{pcr}:{digests}");
        }
    }
}

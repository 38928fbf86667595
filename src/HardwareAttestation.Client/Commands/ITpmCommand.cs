using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HardwareAttestation.Client.Commands;

/// <summary>One command of TPM 2.0 Library, Part 3: what it sends and how its response is read.</summary>
internal interface ITpmCommand<TResponse>
{
    static abstract TpmCommandCode Code { get; }

    /// <summary>Whether a handle stands in front of the response's parameters.</summary>
    static abstract bool ReturnsHandle { get; }

    void WriteHandles(ref TpmWriter writer);

    void WriteParameters(ref TpmWriter writer);

    /// <summary>Reads the response's parameters to their end; <paramref name="handle"/> is the handle in front of them, if there is one.</summary>
    static abstract TResponse ReadResponse(TpmHandle handle, ref TpmReader reader);
}

/// <summary>A command whose authorisation may be an HMAC: that is over the Names of what its handles stand for.</summary>
internal interface INamedTpmCommand
{
    /// <summary>Writes the Names, without sizes, in the order of the handles.</summary>
    void WriteNames(ref TpmWriter writer);
}

/// <summary>Something in the TPM, by its handle, with its Name.</summary>
internal readonly record struct TpmEntity(TpmHandle Handle, TpmName Name)
{
    /// <summary>A hierarchy, whose Name is its handle (Part 1, section 16).</summary>
    public static TpmEntity OfHierarchy(TpmHandle hierarchy)
    {
        Span<byte> name = stackalloc byte[sizeof(uint)];
        TpmWriter writer = new(name);
        writer.WriteHandle(hierarchy);
        return new(hierarchy, new TpmName(name));
    }
}

/// <summary>The response of a command that only succeeds.</summary>
internal readonly record struct NoResponse;

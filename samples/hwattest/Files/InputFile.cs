using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using HardwareAttestation;
using HardwareAttestation.Client;
using HardwareAttestation.Structures;
using HardwareAttestation.Wire;

namespace HwAttest.Files;

/// <summary>Reads the files that the caller names.</summary>
internal static class InputFile
{
    private const string StandardInput = "-";

    // Far more than any of the files has. Data to be signed is not read into memory.
    private const int MostBytes = 1024 * 1024;
    private const int MostBytesOfData = 1024 * 1024 * 1024;

    private static bool isStandardInputTaken;

    public static Stream Open(string path)
    {
        if (path == StandardInput && isStandardInputTaken)
        {
            throw new MisuseException("Two options are '-', and standard input can be read once only: name a file for one of them.");
        }

        isStandardInputTaken |= path == StandardInput;
        try
        {
            return path == StandardInput ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new MisuseException($"'{path}' cannot be read: {PlainText.Of(exception)} Check the name and who may read it.", exception);
        }
    }

    public static byte[] Read(string path) => Read(path, MostBytes);

    /// <summary>Reads what was signed, which may be large.</summary>
    public static byte[] ReadData(string path) => Read(path, MostBytesOfData);

    private static byte[] Read(string path, int most)
    {
        using Stream stream = Open(path);
        using MemoryStream content = new();
        byte[] buffer = new byte[64 * 1024];
        try
        {
            for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
            {
                content.Write(buffer, 0, read);
                if (content.Length > most)
                {
                    throw new MisuseException($"'{path}' has more than {most / 1024} KiB: it is another file than was asked for.");
                }
            }

            return content.ToArray();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MisuseException($"'{path}' cannot be read: {PlainText.Of(exception)}", exception);
        }
    }

    public static TpmKeyBlob ReadKeyBlob(string path) => Parse(path, "a key blob as 'hwattest ak create' writes it", TpmKeyBlob.Parse);

    /// <summary>A public area with its size in front, as tpm2-tools write it, or without.</summary>
    public static TpmtPublic ReadPublic(string path) => Parse(path, "a TPM2B_PUBLIC as tpm2-tools write it", bytes =>
    {
        if (bytes.StartsWith("-----BEGIN"u8))
        {
            throw new FormatException("It is PEM, which does not say what the key may be used for: give the TPM2B_PUBLIC.");
        }

        const int SizeOfSize = sizeof(ushort);
        bool isSized = bytes.Length >= SizeOfSize && ((bytes[0] << 8) | bytes[1]) == bytes.Length - SizeOfSize;
        return isSized ? TpmWire.ParseSized<TpmtPublic>(bytes) : TpmWire.Parse<TpmtPublic>(bytes);
    });

    /// <summary>The content of a TPM2B_PRIVATE, without its size.</summary>
    public static byte[] ReadPrivate(string path) => Parse(path, "a TPM2B_PRIVATE as tpm2-tools write it", ParsePrivate);

    public static byte[] ParsePrivate(ReadOnlySpan<byte> bytes)
    {
        TpmReader reader = new(bytes);
        byte[] content = reader.ReadSized("TPM2B_PRIVATE").ToArray();
        reader.ExpectEnd("TPM2B_PRIVATE");
        return content;
    }

    /// <summary>
    /// A certificate's bytes as they stand in the file, out of their PEM armour if they have one, and without what fills up an NV index: whether they are a certificate
    /// is for a verdict to say.
    /// </summary>
    public static byte[] ReadCertificate(string path) => Parse(path, "a certificate", bytes =>
    {
        // Tools write words in front of PEM, which DER never has there.
        const byte Sequence = 0x30;
        if (bytes.StartsWith([Sequence]) || bytes.IndexOf("-----BEGIN "u8) < 0)
        {
            return WithoutPadding(bytes).ToArray();
        }

        string text = Encoding.UTF8.GetString(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes);
        return PemEncoding.TryFind(text, out PemFields fields) && text[fields.Label] == "CERTIFICATE"
            ? Convert.FromBase64String(text[fields.Base64Data])
            : throw new FormatException("The PEM file does not begin with a certificate.");
    });

    private static ReadOnlySpan<byte> WithoutPadding(ReadOnlySpan<byte> bytes)
    {
        bool isValue = AsnDecoder.TryReadEncodedValue(bytes, AsnEncodingRules.DER, out _, out _, out _, out int size);
        return isValue && (bytes[size..].IndexOfAnyExcept((byte)0x00) < 0 || bytes[size..].IndexOfAnyExcept((byte)0xFF) < 0) ? bytes[..size] : bytes;
    }

    /// <summary>Reads a file and gives it a form.</summary>
    /// <exception cref="MisuseException">The file cannot be read, or has not the form.</exception>
    public static T Parse<T>(string path, string form, ParseBytes<T> parse)
    {
        try
        {
            return parse(Read(path));
        }
        catch (Exception exception) when (exception is HardwareAttestationException or FormatException or ArgumentException or AsnContentException)
        {
            throw new MisuseException($"'{path}' is not {form}. {PlainText.Of(exception)}", exception);
        }
    }

    public static X509Certificate2 LoadCertificate(string path)
    {
        byte[] bytes = ReadCertificate(path);
        try
        {
            return X509CertificateLoader.LoadCertificate(bytes);
        }
        catch (CryptographicException exception)
        {
            throw new MisuseException($"'{path}' is not a certificate in DER or PEM. {PlainText.Of(exception)}", exception);
        }
    }
}

/// <summary>Reads bytes.</summary>
internal delegate T ParseBytes<out T>(ReadOnlySpan<byte> bytes);

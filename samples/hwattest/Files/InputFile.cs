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

    public static Stream Open(string path)
    {
        try
        {
            return path == StandardInput ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new MisuseException($"'{path}' cannot be read: {PlainText.Of(exception)} Check the name and who may read it.", exception);
        }
    }

    public static byte[] Read(string path)
    {
        using Stream stream = Open(path);
        byte[] buffer = new byte[MostBytes + 1];
        try
        {
            int size = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return size <= MostBytes ? buffer[..size] : throw new MisuseException($"'{path}' has more than {MostBytes / 1024} KiB: it is another file than was asked for.");
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

    /// <summary>A certificate's bytes as they stand in the file, out of their PEM armour if they have one: whether they are a certificate is for a verdict to say.</summary>
    public static byte[] ReadCertificate(string path) => Parse(path, "a certificate", bytes =>
    {
        if (!bytes.StartsWith("-----BEGIN"u8))
        {
            return bytes.ToArray();
        }

        string text = Encoding.ASCII.GetString(bytes);
        return PemEncoding.TryFind(text, out PemFields fields) && text[fields.Label] == "CERTIFICATE"
            ? Convert.FromBase64String(text[fields.Base64Data])
            : throw new FormatException("The PEM file does not begin with a certificate.");
    });

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

using System.IO.Compression;
using System.Xml.Linq;

namespace HardwareAttestation.Packages.Tests;

/// <summary>A package, or the symbols of one, as a file.</summary>
internal sealed class Package(string path) : IDisposable
{
    private readonly ZipArchive _archive = ZipFile.OpenRead(path);
    private XElement? _metadata;

    /// <summary>What its author put in, without the files of the format itself.</summary>
    public IEnumerable<string> Files => _archive.Entries.Select(entry => entry.FullName)
        .Where(name => !name.StartsWith("_rels/", StringComparison.Ordinal) && !name.StartsWith("package/", StringComparison.Ordinal)
            && !name.EndsWith(".nuspec", StringComparison.Ordinal) && name != "[Content_Types].xml");

    /// <summary>The bytes of a file.</summary>
    public byte[] Read(string name)
    {
        using Stream stream = _archive.Entries.Single(entry => entry.FullName == name).Open();
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>An element of the nuspec's metadata, whatever the year of its namespace.</summary>
    public XElement Metadata(string name)
    {
        _metadata ??= ReadMetadata();
        return _metadata.Elements().Single(element => element.Name.LocalName == name);
    }

    public void Dispose() => _archive.Dispose();

    private XElement ReadMetadata()
    {
        using Stream stream = _archive.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }
}

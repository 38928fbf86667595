using System.ComponentModel;
using System.Text.Json.Serialization;

namespace HardwareAttestation.Protocol;

/// <summary><see cref="VerdictStatus"/> in JSON: a word, and no number.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class VerdictStatusJsonConverter() : JsonStringEnumConverter<VerdictStatus>(namingPolicy: null, allowIntegerValues: false);

/// <summary><see cref="FindingOutcome"/> in JSON: a word, and no number.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class FindingOutcomeJsonConverter() : JsonStringEnumConverter<FindingOutcome>(namingPolicy: null, allowIntegerValues: false);

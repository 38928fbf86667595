using System.Text.Json;
using System.Text.Json.Serialization;
using Fleet.Server.Endpoints;
using HardwareAttestation.Protocol;

namespace Fleet.Server;

/// <summary>The JSON form of what is not in <see cref="ProtocolJson"/>: what operators are told, and problems.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    MaxDepth = 8)]
[JsonSerializable(typeof(ChallengeRequest))]
[JsonSerializable(typeof(FleetStatus))]
[JsonSerializable(typeof(Device))]
[JsonSerializable(typeof(DeviceList))]
[JsonSerializable(typeof(DeviceDetails))]
[JsonSerializable(typeof(BootList))]
[JsonSerializable(typeof(RefusalList))]
[JsonSerializable(typeof(Decision))]
[JsonSerializable(typeof(Permission))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(HealthStatus))]
internal sealed partial class FleetJsonContext : JsonSerializerContext
{
    /// <summary>Lets the web framework write, and describe, these types and the protocol's.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        ProtocolJson.Configure(options);
        options.TypeInfoResolverChain.Insert(0, Default);
    }
}

using System.Buffers.Binary;
using System.Text;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;

namespace HardwareAttestation.Client;

/// <summary>Asks the TPM for all that <see cref="TpmInfo"/> has.</summary>
internal static class TpmInfoReader
{
    // TPMs give all of a list at once, or nearly. One that gives an element each time could be asked for ever.
    private const int MostRounds = 64;
    private const uint FixedProperties = 0x100;
    private const uint VariableProperties = 0x200;
    private const int VendorStrings = 4;

    // TPMA_PERMANENT (Part 2, section 8.6).
    private const uint OwnerAuthSet = 1u << 0;
    private const uint EndorsementAuthSet = 1u << 1;
    private const uint InLockout = 1u << 9;

    public static async Task<TpmInfo> ReadAsync(TpmChannel channel, CancellationToken cancellationToken)
    {
        Dictionary<TpmPt, uint> properties = [];
        foreach (uint group in new[] { FixedProperties, VariableProperties })
        {
            List<TpmsTaggedProperty> found = await ListAsync<GetTpmPropertiesCommand, TpmsTaggedProperty>(
                channel,
                group,
                first => new((TpmPt)first, GetTpmPropertiesCommand.MostProperties),
                property => (uint)property.Property,
                cancellationToken).ConfigureAwait(false);
            found.ForEach(property => properties[property.Property] = property.Value);
        }

        List<TpmAlgId> algorithms = await ListAsync<GetAlgorithmsCommand, TpmAlgId>(
            channel, 0, first => new((TpmAlgId)first), algorithm => (uint)algorithm, cancellationToken).ConfigureAwait(false);
        List<TpmEccCurve> curves = algorithms.Contains(TpmAlgId.Ecc)
            ? await ListAsync<GetEccCurvesCommand, TpmEccCurve>(
                channel, 0, first => new((TpmEccCurve)first), curve => (uint)curve, cancellationToken).ConfigureAwait(false)
            : [];
        TpmlPcrSelection banks = await channel.ExecuteAsync<GetPcrBanksCommand, TpmlPcrSelection>(new(), cancellationToken).ConfigureAwait(false);
        uint permanent = Get(TpmPt.Permanent);
        return new TpmInfo
        {
            Manufacturer = new TpmManufacturerId(Get(TpmPt.Manufacturer)),
            VendorString = ToText([.. Enumerable.Range(0, VendorStrings).Select(i => Get(TpmPt.VendorString1 + (uint)i))]),
            FirmwareVersion = ToVersion(Get(TpmPt.FirmwareVersion1), Get(TpmPt.FirmwareVersion2)),
            Family = ToText(Get(TpmPt.FamilyIndicator)),
            Revision = ToNumber(Get(TpmPt.Revision)),
            Algorithms = algorithms,
            Curves = curves,
            PcrBanks = new TpmlPcrSelection(banks.Where(bank => bank.Count > 0)),
            MaximumNVBufferSize = ToNumber(Get(TpmPt.NVBufferMax)),
            Lockout = new TpmLockout
            {
                IsActive = (permanent & InLockout) != 0,
                FailedTries = ToNumber(Get(TpmPt.LockoutCounter)),
                MaximumTries = ToNumber(Get(TpmPt.MaxAuthFail)),
                RecoveryTime = TimeSpan.FromSeconds(Get(TpmPt.LockoutInterval)),
            },
            HasOwnerAuthValue = (permanent & OwnerAuthSet) != 0,
            HasEndorsementAuthValue = (permanent & EndorsementAuthSet) != 0,
        };

        uint Get(TpmPt property) => properties.GetValueOrDefault(property);
    }

    private static async Task<List<T>> ListAsync<TCommand, T>(
        TpmChannel channel, uint first, Func<uint, TCommand> ask, Func<T, uint> numberOf, CancellationToken cancellationToken)
        where TCommand : struct, ITpmCommand<CapabilityResponse<T>>
    {
        List<T> found = [];
        uint next = first;
        for (int round = 0; round < MostRounds; round++)
        {
            CapabilityResponse<T> response = await channel.ExecuteAsync<TCommand, CapabilityResponse<T>>(ask(next), cancellationToken).ConfigureAwait(false);
            T[] news = Array.FindAll(response.Values, value => numberOf(value) >= next);
            found.AddRange(news);
            if (!response.HasMore || news.Length == 0 || numberOf(news[^1]) is uint.MaxValue)
            {
                break;
            }

            next = numberOf(news[^1]) + 1;
        }

        return found;
    }

    private static Version ToVersion(uint high, uint low) => new((int)(high >> 16), (int)(high & 0xFFFF), (int)(low >> 16), (int)(low & 0xFFFF));

    private static int ToNumber(uint value) => (int)Math.Min(value, int.MaxValue);

    private static string ToText(params ReadOnlySpan<uint> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(uint)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(i * sizeof(uint)), values[i]);
        }

        // The parts of a text may each be filled up with NULs.
        IEnumerable<char> characters = Encoding.ASCII.GetString(bytes).Where(character => character != '\0');
        return string.Concat(characters.Select(character => char.IsControl(character) ? '?' : character)).TrimEnd();
    }
}

using System.Runtime.CompilerServices;
using HardwareAttestation.Client.Commands;
using HardwareAttestation.Client.Sessions;
using HardwareAttestation.Structures;
using Microsoft.Extensions.Logging;

namespace HardwareAttestation.Client;

/// <summary>Quotes PCRs, with the values that the quote is about: if a PCR changes meanwhile, both are taken again.</summary>
internal readonly struct QuoteOperation(LoadedKey key, ILogger logger, TpmlPcrSelection selection, ReadOnlyMemory<byte> qualifyingData) : IClientOperation<TpmQuote>
{
    private const int Attempts = 4;

    public ValueTask<TpmQuote> RunAsync(TpmChannel channel, CancellationToken cancellationToken)
    {
        if (!key.HasAuthValue)
        {
            return QuoteAsync(channel, PasswordAuthorization.Empty, cancellationToken);
        }

        QuoteOperation operation = this;
        return new(key.AuthorizeAsync(channel, authorization => operation.QuoteAsync(channel, authorization, cancellationToken).AsTask(), cancellationToken));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TpmQuote> QuoteAsync(TpmChannel channel, TpmAuthorization authorization, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            IReadOnlyList<PcrValue> values = await PcrReader.ReadValuesAsync(channel, selection, cancellationToken).ConfigureAwait(false);
            AttestResponse response = await channel.ExecuteAsync<QuoteCommand, AttestResponse>(
                new(key.Entity, qualifyingData, selection), authorization, cancellationToken).ConfigureAwait(false);
            TpmQuote quote = new(response, values);
            byte[] digest = PcrValue.ComputeDigest(values, key.Blob.Public.Scheme.HashAlg);
            if (quote.Attested.Attested is TpmsQuoteInfo info && info.PcrDigest.Span.SequenceEqual(digest))
            {
                ClientLog.Quoted(logger, key.Blob.Name, selection, channel.DeviceName);
                return quote;
            }
        }

        throw new TpmDeviceException(
            channel.DeviceName, $"the PCRs {selection} changed each of {Attempts} times between being read and being quoted: ask for PCRs that stand still.");
    }
}

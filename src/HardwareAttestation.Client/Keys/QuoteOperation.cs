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

    public ValueTask<TpmQuote> RunAsync(TpmChannel channel, CancellationToken cancellationToken) => key.HasAuthValue
        ? AuthorizeAndQuoteAsync(channel, cancellationToken)
        : QuoteAsync(channel, PasswordAuthorization.Empty, cancellationToken);

    // Apart from the usual case, which needs no closure.
    private ValueTask<TpmQuote> AuthorizeAndQuoteAsync(TpmChannel channel, CancellationToken cancellationToken)
    {
        QuoteOperation operation = this;
        return new(key.AuthorizeAsync(channel, authorization => operation.QuoteAsync(channel, authorization, cancellationToken).AsTask(), cancellationToken));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TpmQuote> QuoteAsync(TpmChannel channel, TpmAuthorization authorization, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            IReadOnlyList<PcrValue> values = await PcrReader.ReadValuesAsync(channel, selection, cancellationToken).ConfigureAwait(false);
            QuoteResponse response = await channel.ExecuteAsync<QuoteCommand, QuoteResponse>(
                new(key.Entity, qualifyingData, selection), authorization, cancellationToken).ConfigureAwait(false);
            if (PcrValueList.HaveDigest(values, key.Blob.Public.Scheme.HashAlg, response.PcrDigest))
            {
                ClientLog.Quoted(logger, key.Blob.Name, selection, channel.DeviceName);
                return new TpmQuote(response, values);
            }
        }

        throw new TpmPcrException(
            $"The PCRs {selection} of TPM device {channel.DeviceName} changed each of {Attempts} times between being read and being quoted: ask for PCRs that stand still.");
    }
}

namespace HardwareAttestation.Fleet.Tests.Agent;

/// <summary>A server that gives one answer to everything.</summary>
internal sealed class AnsweringHandler(Func<HttpResponseMessage> answer) : HttpMessageHandler
{
    private readonly List<Uri> _asked = [];

    public IReadOnlyList<Uri> Asked => _asked;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _asked.Add(request.RequestUri!);
        return Task.FromResult(answer());
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace HardwareAttestation.Verifier.Tests.Endorsement.Fetching;

/// <summary>A network that has what a test puts there, and remembers what it was asked for. Names and default ports cannot be had from real servers.</summary>
internal sealed class FakeNetwork : HttpMessageHandler
{
    private readonly ConcurrentDictionary<string, Func<CancellationToken, Task<HttpResponseMessage>>> _answers = new(StringComparer.Ordinal);

    /// <summary>What was asked for, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public void Put(string address, byte[] content) => Put(address, () => new ByteArrayContent(content));

    public void Put(string address, string content) => Put(address, Encoding.ASCII.GetBytes(content));

    public void Put(string address, Func<HttpContent> content) =>
        Put(address, _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content() }));

    public void Put(string address, Func<CancellationToken, Task<HttpResponseMessage>> answer) => _answers[address] = answer;

    public void PutStatus(string address, HttpStatusCode status) => Put(address, _ => Task.FromResult(new HttpResponseMessage(status)));

    /// <summary>Redirects; to nowhere if there is no target.</summary>
    public void Redirect(string from, string? target, HttpStatusCode status = HttpStatusCode.Found) => Put(from, _ =>
    {
        HttpResponseMessage response = new(status);
        if (target is not null)
        {
            response.Headers.TryAddWithoutValidation("Location", target).Should().BeTrue();
        }

        return Task.FromResult(response);
    });

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Method.Should().Be(HttpMethod.Get);
        string address = request.RequestUri!.AbsoluteUri;
        Requests.Enqueue(address);
        return _answers.TryGetValue(address, out Func<CancellationToken, Task<HttpResponseMessage>>? answer)
            ? answer(cancellationToken)
            : Task.FromResult(new HttpResponseMessage(HttpStatusCode.NotFound));
    }
}

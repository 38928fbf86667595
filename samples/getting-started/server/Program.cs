using HardwareAttestation.Protocol;
using HardwareAttestation.Verifier;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.ConfigureHttpJsonOptions(json => ProtocolJson.Configure(json.SerializerOptions));
builder.Services.AddAttestationVerifier(options =>
{
    // The makers' roots that come along; --trust FOLDER adds your own, of an emulated TPM for instance.
    options.UseVendorRoots();
    if (builder.Configuration["trust"] is { } folder)
    {
        options.AddTrust(EndorsementTrust.Load(folder));
        options.EndorsementCertificates.AllowedTrustClasses.Add(EndorsementTrustClass.SoftwareEmulator);    // only for emulated machines: refused otherwise
    }
});

WebApplication app = builder.Build();

// Enrolment, once for each machine. Who may enrol as which node is yours to decide, here.
app.MapPost("enrollments", async (EnrollmentRequest request, AttestationVerifier verifier, HttpContext http) =>
{
    EnrollmentOffer offer = await verifier.BeginEnrollmentAsync(request, Source(http), http.RequestAborted);
    return offer.Challenge is { } challenge ? Results.Ok(challenge) : Refused(offer.Verdict);
});

app.MapPost("enrollments/complete", async (CredentialResponse response, AttestationVerifier verifier) =>
{
    EnrollmentResult result = await verifier.CompleteEnrollmentAsync(response);
    return result.Verdict.IsVerified ? Results.Ok(result.Verdict.Status.ToString()) : Refused(result.Verdict);
});

// Every boot.
app.MapPost("challenges/{node}", async (string node, AttestationVerifier verifier, HttpContext http) =>
{
    ChallengeOffer offer = await verifier.CreateChallengeAsync(node, Source(http), http.RequestAborted);
    bool isEnrolled = await verifier.Devices.FindAsync(node) is not null;
    return offer.Challenge is { } challenge ? Results.Ok(challenge) : isEnrolled ? Refused(offer.Verdict) : Results.NotFound();
});

app.MapPost("evidence", async (AttestationEvidence evidence, AttestationVerifier verifier) =>
{
    AttestationResult result = await verifier.VerifyAsync(evidence);
    return result.Verdict.IsVerified ? Results.Ok(result.Verdict.Status.ToString()) : Refused(result.Verdict);
});

app.Run();

static string? Source(HttpContext http) => ChallengeSource.FromAddress(http.Connection.RemoteIpAddress);

static IResult Refused(Verdict verdict) => Results.Json(verdict, ProtocolJson.Verdict, statusCode: StatusCodes.Status403Forbidden);

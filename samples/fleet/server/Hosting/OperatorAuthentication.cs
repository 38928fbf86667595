using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Fleet.Server.Endpoints;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Fleet.Server.Hosting;

/// <summary>
/// Authenticates operators by the token. It is an authentication scheme like any other: one of the platform's (OpenID Connect, client certificates) takes its place where operators have
/// names, and nothing else changes.
/// </summary>
internal sealed class OperatorAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, OperatorToken token, LogLimit limit)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Bearer";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!AuthenticationHeaderValue.TryParse(Request.Headers.Authorization, out AuthenticationHeaderValue? header)
            || !string.Equals(header.Scheme, SchemeName, StringComparison.OrdinalIgnoreCase)
            || header.Parameter is not { } presented)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        if (!token.IsPresented(presented))
        {
            return Task.FromResult(AuthenticateResult.Fail("The token is not the operators'."));
        }

        ClaimsPrincipal principal = new(new ClaimsIdentity([new Claim(ClaimTypes.Name, "operator")], SchemeName));
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(principal, SchemeName)));
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        AuthenticateResult result = await HandleAuthenticateOnceSafeAsync();
        if (limit.Allows(Context.SourceNetwork()))
        {
            FleetLog.NotAuthorized(Logger, Context.SourceAddress(), result.Failure?.Message ?? "no token was presented");
        }

        Response.Headers[HeaderNames.WWWAuthenticate] = SchemeName;
        await Problem.Of(StatusCodes.Status401Unauthorized, "Present the token in the header Authorization: Bearer.").ExecuteAsync(Context);
    }
}

/// <summary>Adds it.</summary>
internal static class OperatorAuthenticationExtensions
{
    public static void AddOperatorAuthentication(this IServiceCollection services)
    {
        // Not AddAuthentication, which keeps keys for cookies on the disk: there are no cookies here.
        services.AddAuthenticationCore(authentication => authentication.DefaultScheme = OperatorAuthentication.SchemeName);
        services.AddWebEncoders();
        new AuthenticationBuilder(services)
            .AddScheme<AuthenticationSchemeOptions, OperatorAuthentication>(OperatorAuthentication.SchemeName, configureOptions: null);
        services.AddAuthorization();
    }
}

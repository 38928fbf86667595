using Fleet.Server.Endpoints;
using Fleet.Server.Hosting;
using Fleet.Server.Storage;
using HardwareAttestation.Verifier;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Fleet.Server;

/// <summary>Puts the server together: what it needs, and what a request goes through.</summary>
internal static class FleetServer
{
    /// <exception cref="FleetOptionsException">The operators' token or the trusted certificates cannot be read.</exception>
    public static WebApplication Build(WebApplicationBuilder builder, FleetOptions options, IFleetStorage storage)
    {
        IServiceCollection services = builder.Services;
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(OperatorToken.LoadOrCreate(options));
        services.AddSingleton<ExpectedNodes>();

        // The storage was opened before, and outlives the container.
        services.AddSingleton(storage);
        services.AddSingleton(storage.Devices);
        services.AddSingleton(storage.Challenges);
        services.AddSingleton(storage.History);
        services.AddSingleton(storage.Directory);
        services.AddSingleton<SummaryCache>();
        services.AddSingleton<HistoryKeeper>();
        services.AddSingleton<Readiness>();
        services.AddHostedService<CleanUpService>();

        services.AddHttpContextAccessor();
        services.AddSingleton<LogLimit>();
        services.AddHostedService(provider => provider.GetRequiredService<LogLimit>());
        services.AddSingleton<ILogger<AttestationVerifier>, VerifierLogger>();

        FleetTrust trust = FleetTrust.Load(options);
        services.AddAttestationVerifier(trust.Configure);
        services.AddSingleton<DeviceDescriber>();
        services.AddSingleton<Decisions>();

        services.ConfigureHttpJsonOptions(json => FleetJsonContext.Configure(json.SerializerOptions));
        services.AddExceptionHandler<FailureHandler>();
        services.AddFleetLimits(builder.WebHost, options);
        services.AddOperatorAuthentication();
        services.AddFleetOpenApi();
        services.AddFleetTelemetry(builder);
        if (options.TrustedProxies.Count > 0)
        {
            services.Configure<ForwardedHeadersOptions>(forwarded => Forward(forwarded, options));
        }

        WebApplication app = builder.Build();
        UsePipeline(app, options);
        MapEndpoints(app);
        return app;
    }

    /// <summary>Says what the server works with, and what somebody should look at.</summary>
    public static void LogStart(WebApplication app, IFleetStorage storage)
    {
        FleetLog.Storage(app.Logger, storage.Description);
        OperatorToken token = app.Services.GetRequiredService<OperatorToken>();
        FleetLog.Token(app.Logger, token.Path);
        if (token.IsReadableByOthers)
        {
            FleetLog.TokenReadable(app.Logger, token.Path);
        }
    }

    private static void UsePipeline(WebApplication app, FleetOptions options)
    {
        if (options.TrustedProxies.Count > 0)
        {
            app.UseForwardedHeaders();
        }

        app.UseExceptionHandler(_ => { });
        app.UseMiddleware<SecurityHeaders>();
        app.UseStatusCodePages(context => Problem.Of(context.HttpContext.Response.StatusCode).ExecuteAsync(context.HttpContext));
        app.UseRouting();
        app.UseRateLimiter();
        app.UseDefaultFiles();
        app.UseStaticFiles();
        app.UseRequestTimeouts();
        app.UseAuthentication();
        app.UseAuthorization();
    }

    private static void MapEndpoints(WebApplication app)
    {
        app.MapAgentEndpoints();
        app.MapOperatorEndpoints();
        app.MapHealthEndpoints();
        app.MapOpenApi().RequireRateLimiting(FleetLimits.Operators);
    }

    private static void Forward(ForwardedHeadersOptions forwarded, FleetOptions options)
    {
        forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;

        // As many proxies as are trusted, one behind the other.
        forwarded.ForwardLimit = null;
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (System.Net.IPNetwork network in options.TrustedNetworks())
        {
            forwarded.KnownIPNetworks.Add(network);
        }
    }
}

using Fleet.Server;
using Fleet.Server.Storage;
using Microsoft.Extensions.Options;

WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions
{
    Args = args,

    // The page and appsettings.json lie beside the program, whichever folder it is started in.
    ContentRootPath = AppContext.BaseDirectory,
});

FleetOptions options;
try
{
    options = FleetOptions.Read(builder.Configuration);
}
catch (FleetOptionsException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 2;
}

try
{
    await using IFleetStorage storage = FleetStorage.Open(options, TimeProvider.System);
    await using WebApplication app = FleetServer.Build(builder, options, storage);
    await storage.MigrateAsync();
    FleetServer.LogStart(app, storage);
    await app.RunAsync();
    return 0;
}
catch (Exception exception) when (exception is StorageException or FleetOptionsException or OptionsValidationException)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}

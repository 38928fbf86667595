using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;

namespace Fleet.Server.Hosting;

/// <summary>Describes the API, at /openapi/v1.json.</summary>
internal static class OpenApiDescription
{
    public static void AddFleetOpenApi(this IServiceCollection services) => services.AddOpenApi(openApi =>
    {
        openApi.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Fleet",
                Version = "v1",
                Description = "Enrols machines by their TPMs and attests them at every boot. Agents are not authenticated: the protocol proves who answers. Operators present a token.",
            };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[OperatorAuthentication.SchemeName] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" };
            return Task.CompletedTask;
        });
        openApi.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().Any())
            {
                operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(OperatorAuthentication.SchemeName, context.Document)] = [] }];
            }

            return Task.CompletedTask;
        });
    });
}

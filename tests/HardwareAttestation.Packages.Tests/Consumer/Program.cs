using HardwareAttestation;
using HardwareAttestation.Client;
using HardwareAttestation.EndToEnd.Tests;

// Device string, folder for keys, roots and issuers (PEM): an agent and its server, as the README has them, in one process.
Server server = new(ReadmeSnippets.CreateVerifier(rootsPem: args[2], issuersPem: args[3]));
bool isVerified = true;
for (int boot = 0; boot < 2; boot++)
{
    await using ITpmDevice tpm = TpmDevice.Open(args[0]);
    isVerified &= await ReadmeSnippets.RunAgentAsync(tpm, folder: args[1], server);
}

return isVerified ? 0 : 1;

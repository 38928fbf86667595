namespace Fleet.Agent;

/// <summary>What a script is told.</summary>
internal static class ExitStatus
{
    /// <summary>Attested, or stopped by a signal.</summary>
    public const int Done = 0;

    /// <summary>Refused by the server.</summary>
    public const int Refused = 1;

    /// <summary>The call is wrong: an unknown option, a file that cannot be read.</summary>
    public const int Misuse = 2;

    /// <summary>The TPM failed, or the key that is kept for it cannot be used.</summary>
    public const int TpmFailed = 3;

    /// <summary>The server was not reached, or gave no answer that could be used.</summary>
    public const int ServerFailed = 4;
}

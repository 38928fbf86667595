namespace HwAttest;

/// <summary>What the shell is told.</summary>
internal static class ExitStatus
{
    /// <summary>Done, or verified.</summary>
    public const int Done = 0;

    /// <summary>Refused by a check.</summary>
    public const int Refused = 1;

    /// <summary>The call is wrong: an unknown option, a file that cannot be read.</summary>
    public const int Misuse = 2;

    /// <summary>The TPM or its device failed.</summary>
    public const int TpmFailed = 3;
}

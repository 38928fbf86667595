namespace HwAttest;

/// <summary>The TPM was reached, and has not what was asked for. The message says what, and what to do.</summary>
internal sealed class TpmLacksException(string message) : Exception(message);

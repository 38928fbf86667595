namespace HwAttest;

/// <summary>The call is wrong. The message says how, and what to do.</summary>
internal sealed class MisuseException(string message, Exception? innerException = null) : Exception(message, innerException);

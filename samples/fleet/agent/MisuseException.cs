namespace Fleet.Agent;

/// <summary>The call is wrong. The message says what to change.</summary>
internal sealed class MisuseException(string message) : Exception(message);

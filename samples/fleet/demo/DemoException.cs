namespace Fleet.Demo;

/// <summary>A step of the story did not go as it should.</summary>
internal sealed class DemoException(string message) : Exception(message);

namespace Fleet.Server.Storage;

/// <summary>The database failed. The message says what happened and what to do.</summary>
internal sealed class StorageException(string message, Exception? innerException = null) : Exception(message, innerException);

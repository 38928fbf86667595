// What samples/microsoft-tss uses of Microsoft.TSS 2.1.1, with the same signatures and no behaviour, so that the adapters are compiled and tested without the package.
namespace Tpm2Lib;

public class CommandModifier
{
    public byte ActiveLocality;
}

public abstract class Tpm2Device : IDisposable
{
    public bool NeedsHMAC { get; set; } = true;

    public virtual void DispatchCommand(CommandModifier mod, byte[] cmdBuf, out byte[] respBuf) => throw new NotSupportedException();

    public virtual void Connect() => throw new NotSupportedException();

    public virtual void Close() => throw new NotSupportedException();

    public virtual bool HasRM() => false;

    public virtual bool ImplementsCancel() => false;

    public virtual void CancelContext() => throw new NotSupportedException();

    public virtual void SignalCancelOn() => throw new NotSupportedException();

    public virtual void SignalCancelOff() => throw new NotSupportedException();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}

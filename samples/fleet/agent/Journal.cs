namespace Fleet.Agent;

/// <summary>
/// Writes one line for each thing that happens. Under systemd each begins with its priority in the form of sd-daemon(3), so that <c>journalctl -p warning</c> finds what matters;
/// the time is the journal's to say.
/// </summary>
internal sealed class Journal(TextWriter output, bool withPriorities)
{
    /// <summary>The variable that systemd sets for a process whose output goes to the journal.</summary>
    public const string StreamVariable = "JOURNAL_STREAM";

    public void Information(string line) => Write("<6>", line);

    public void Warning(string line) => Write("<4>", line);

    public void Error(string line) => Write("<3>", line);

    private void Write(string priority, string line)
    {
        output.WriteLine((withPriorities ? priority : string.Empty) + line);
        output.Flush();
    }
}

namespace Fleet.Demo;

/// <summary>Tells the story.</summary>
internal sealed class Narrator(TextWriter output)
{
    private int _chapter;

    public void Chapter(string title)
    {
        output.WriteLine();
        output.WriteLine($"{++_chapter}. {title}");
    }

    public void Say(string sentence) => output.WriteLine($"   {sentence}");

    /// <summary>What an agent printed.</summary>
    public void Quote(string speaker, string line) => output.WriteLine($"   [{speaker}] {line}");
}

namespace Cirrus.Tests.Fuzz;

/// <summary>One kind of input: valid files, and what reads them.</summary>
/// <param name="Make">writes the valid files into a folder.</param>
/// <param name="Read">reads them as the program would.</param>
/// <param name="Refusable">false when the reader passes over what is damaged instead of refusing it.</param>
internal sealed record FuzzSubject(string Name, Action<string> Make, Action<string> Read, bool Refusable = true)
{
    /// <summary>Files of the folder that are damaged; all when empty.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Cases of this subject for one case of a quick one; a case that takes milliseconds more gets fewer.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Bytes that one case may allocate beyond what reading the valid files does.</summary>
    public long Worth { get; init; } = 16 << 20;
}

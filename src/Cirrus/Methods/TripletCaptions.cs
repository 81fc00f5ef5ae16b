using System.Text;
using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>How the captions of a triplet become one, as CLIP4CIR does it (methods: 6.1).</summary>
/// <remarks>
/// One caption is taken as it stands (CIRR). Two (FashionIQ) are joined in either order, or one of them is taken, by
/// turns of chance.
/// </remarks>
public static class TripletCaptions
{
    private static readonly char[] Ends = ['.', '?', ',', ' '];

    /// <summary>The caption of one step of training.</summary>
    /// <param name="r">uniform in [0, 1): each quarter is one of the four forms.</param>
    public static string Training(IReadOnlyList<string> captions, float r) => captions.Count switch
    {
        1 => captions[0],
        _ when r < 0.25f => Joined(captions),
        _ when r < 0.5f => Joined([.. captions.Reverse()]),
        _ when r < 0.75f => Capital(captions[0].Trim(Ends)),
        _ => Capital(captions[^1].Trim(Ends)),
    };

    /// <summary>The caption of a query: "{First} and {second}".</summary>
    public static string Joined(IReadOnlyList<string> captions) => captions.Count == 1
        ? captions[0]
        : string.Join(" and ", captions.Select((c, i) => i == 0 ? Capital(c.Trim(Ends)) : c.Trim(Ends)));

    /// <summary>The caption that a triplet has in a step, the same whenever it is asked for.</summary>
    internal static string Of(Triplet triplet, Philox step, int row) => Training(triplet.Captions, step.Uniform((ulong)row));

    /// <summary>Python's capitalize: the first letter a capital, all others small.</summary>
    private static string Capital(string text)
    {
        if (text.Length == 0)
            return text;
        Rune first = Rune.GetRuneAt(text, 0);
        return Rune.ToUpperInvariant(first) + text[first.Utf16SequenceLength..].ToLowerInvariant();
    }
}

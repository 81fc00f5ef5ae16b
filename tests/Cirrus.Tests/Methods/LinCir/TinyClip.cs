using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods.LinCir;

/// <summary>A CLIP of a few thousand random numbers with a vocabulary of bytes alone, and captions to train on.</summary>
internal static class TinyClip
{
    public const int P = 16;

    public static ClipModel Create(Device device, ulong seed = 1, ElementType type = ElementType.F32)
    {
        BpeTokenizer tokenizer = BpeTokenizer.FromMerges([]);
        ClipConfig config = new("tiny", P, new(32, 2, 2, 64, tokenizer.Count, 77, Activation.QuickGelu),
            new(32, 1, 2, 64, 8, 16, Activation.QuickGelu));
        return ClipModel.Random(config, tokenizer, device, seed, type);
    }

    /// <summary>Captions of a few letters, each different: "a red cat in a box", in short.</summary>
    public static string[] Captions(int count) => [.. Enumerable.Range(0, count).Select(i =>
        $"{"abcdefgh"[i % 8]}{"stuvw"[i / 8 % 5]} {"in by"[i % 2 * 3]} {"xyz"[i / 40 % 3]}{i % 7}")];

    /// <summary>Keywords without a tagger: words whose first letter is before n.</summary>
    public static IReadOnlyList<string> Keywords(string cleaned) => [.. cleaned.Split(' ').Where(w => w.Length > 0 && w[0] < 'i')];
}

using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.CompoDiff;

/// <summary>A text as the denoiser reads it: the ids that are padded, and how many of them the text tower sees.</summary>
internal readonly record struct PaddedText(string Text, int Seen);

/// <summary>States of all positions of texts, padding too, from the text tower of a CLIP: before its projection.</summary>
/// <param name="positions">how many are made, with the end of a text that is longer as the last; 0: all that the CLIP has.</param>
internal sealed class PromptStates(ClipModel clip, int positions = 0)
{
    private const int TextsAtOnce = 16;
    private readonly int _t = positions == 0 ? clip.Config.Text.Context : Math.Min(positions, clip.Config.Text.Context);

    /// <summary>Length of a state.</summary>
    public int Width => clip.Config.Text.Width;

    /// <summary>How many positions a text takes of its own.</summary>
    public int Length(string text) => Ids(text).Length;

    /// <summary>For each text [T·Width].</summary>
    /// <param name="padId">what stands behind a text's end.</param>
    /// <exception cref="CirrusException">There is no such id.</exception>
    public float[][] Of(IReadOnlyList<PaddedText> texts, int padId)
    {
        if (padId >= clip.Config.Text.Vocabulary)
            throw new CirrusException($"There is no token {padId} to pad with: the vocabulary has {clip.Config.Text.Vocabulary}.",
                hint: "use 0, or the id of the end token");
        List<float[]> states = [];
        using Arena arena = new(clip.Device);
        foreach (PaddedText[] some in texts.Chunk(TextsAtOnce))
        {
            arena.Reset();
            Tensor rows = clip.Text.PaddedStates(new(arena), [.. some.Select(t => Padded(t.Text, padId))], [.. some.Select(t => t.Seen)]);   // [n·T, W]
            states.AddRange(rows.ToArray().Chunk(_t * Width));
        }
        return [.. states];
    }

    private int[] Padded(string text, int padId)
    {
        int[] ids = Ids(text);
        return [.. ids, .. Enumerable.Repeat(padId, _t - ids.Length)];
    }

    private int[] Ids(string text)
    {
        int[] ids = clip.Tokenizer.Encode(text, TokenizerKind.HuggingFace);
        return ids.Length <= _t ? ids : [.. ids[..(_t - 1)], ids[^1]];
    }
}

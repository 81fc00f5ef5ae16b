using Cirrus.Clip;
using Cirrus.Playground;
using Cirrus.Tensors;

namespace Cirrus.Tests.Playground;

/// <summary>A CLIP of random weights that reads drawn pictures.</summary>
internal static class DrawnClip
{
    public const int P = 16;

    public static ClipModel Create(Device device)
    {
        BpeTokenizer tokenizer = BpeTokenizer.FromMerges([]);
        return ClipModel.Random(new("tiny", P, new(32, 1, 2, 64, tokenizer.Count, 77, Activation.QuickGelu),
            new(32, 1, 2, 64, 16, Drawing.ClipSide, Activation.QuickGelu)),
            tokenizer, device, seed: 1);
    }
}

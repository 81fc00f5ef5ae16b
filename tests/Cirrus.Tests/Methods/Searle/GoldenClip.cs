using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods.Searle;

/// <summary>The tiny CLIP with which shared/golden was made, with its cut vocabulary.</summary>
internal static class GoldenClip
{
    public const int P = 24, W = 64;

    public static ClipModel Load(Device device)
    {
        using TempFolder folder = new();
        foreach (string file in Directory.GetFiles(Shared.Need("golden/clip/clip-a-hf")))
            File.Copy(file, folder.At(Path.GetFileName(file)));
        File.Copy(Shared.Need("golden/clip/tiny-bpe-600.txt.gz"), folder.At("bpe_simple_vocab_16e6.txt.gz"));
        return ClipModel.Load(folder.Path, device);
    }

    /// <summary>Ids up to the first end token: what stands behind it is padding.</summary>
    public static int[] Cut(int[] row) => row[..(Array.IndexOf(row, row.Max()) + 1)];
}

using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Sizes of the published CLIPs, by their usual names (methods: 1.1): for random weights of the same cost.</summary>
public static class ClipSizes
{
    private const int Vocabulary = 49408, Context = 77;

    public static IReadOnlyList<ClipConfig> All { get; } =
    [
        new("ViT-B/32", 512, Text(512, 12), new(768, 12, 12, 3072, 32, 224, Activation.QuickGelu)),
        new("ViT-B/16", 512, Text(512, 12), new(768, 12, 12, 3072, 16, 224, Activation.QuickGelu)),
        new("ViT-L/14", 768, Text(768, 12), new(1024, 24, 16, 4096, 14, 224, Activation.QuickGelu)),
        new("ViT-L/14@336", 768, Text(768, 12), new(1024, 24, 16, 4096, 14, 336, Activation.QuickGelu)),
        new("ViT-H/14", 1024, Text(1024, 24, Activation.Gelu), new(1280, 32, 16, 5120, 14, 224, Activation.Gelu)),
        new("ViT-bigG/14", 1280, Text(1280, 32, Activation.Gelu), new(1664, 48, 16, 8192, 14, 224, Activation.Gelu)),
    ];

    /// <exception cref="CirrusException">There is no CLIP of that name.</exception>
    public static ClipConfig Find(string name)
    {
        string usual = name.Replace("-14", "/14", StringComparison.Ordinal)
            .Replace("-16", "/16", StringComparison.Ordinal).Replace("-32", "/32", StringComparison.Ordinal);
        return All.FirstOrDefault(c => c.Name.Equals(usual, StringComparison.OrdinalIgnoreCase))
            ?? throw new CirrusException($"There is no CLIP called '{name}'.",
                hint: $"sizes are: {string.Join(", ", All.Select(c => c.Name))}");
    }

    /// <summary>
    /// The usual name of a CLIP of these sizes and activations, whatever its file is called; null when it is none of
    /// the published.
    /// </summary>
    public static string? NameOf(ClipConfig config) => All.FirstOrDefault(c => c.P == config.P
        && c.Text with { Eps = config.Text.Eps } == config.Text
        && c.Vision with { Eps = config.Vision.Eps } == config.Vision)?.Name;

    /// <summary>The same text tower beside the smallest image tower: what training on captions needs.</summary>
    public static ClipConfig TextOnly(ClipConfig config) => config with
    {
        Name = $"{config.Name} (random, text only)",
        Vision = new(64, 1, 1, 64, 16, 16, config.Vision.Activation),
    };

    /// <summary>The same image tower beside the smallest text tower, whose tokenizer has no merges.</summary>
    public static ClipConfig ImageOnly(ClipConfig config) => config with
    {
        Name = $"{config.Name} (random, image only)",
        Text = new(64, 1, 1, 64, 514, Context, config.Text.Activation),
    };

    private static TextConfig Text(int width, int layers, Activation activation = Activation.QuickGelu) =>
        new(width, layers, width / 64, 4 * width, Vocabulary, Context, activation);
}

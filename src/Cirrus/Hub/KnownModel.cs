namespace Cirrus.Hub;

/// <summary>A published model that Cirrus reads.</summary>
/// <param name="Name">short, for a command line.</param>
/// <param name="Id">of its repository on the hub.</param>
/// <param name="Size">its usual name where it is a CLIP ("ViT-B/32"); null for another network.</param>
/// <param name="Parameters">how many numbers it has.</param>
/// <param name="Licence">of the weights, as their publishers state it.</param>
/// <param name="Use">what it is for, in a few words.</param>
public sealed record KnownModel(string Name, string Id, string? Size, long Parameters, string Licence, string Use)
{
    /// <summary>All in float32, as most are published and as they lie in memory.</summary>
    public long Bytes => Parameters * sizeof(float);

    public static IReadOnlyList<KnownModel> All { get; } =
    [
        new("vit-b-32", "openai/clip-vit-base-patch32", "ViT-B/32", 151_277_313, "MIT", "the quickest"),
        new("vit-b-16", "openai/clip-vit-base-patch16", "ViT-B/16", 149_620_737, "MIT", "finer patches"),
        new("vit-l-14", "openai/clip-vit-large-patch14", "ViT-L/14", 427_616_513, "MIT", "what most papers use"),
        new("vit-l-14-336", "openai/clip-vit-large-patch14-336", "ViT-L/14@336", 427_944_193, "MIT", "L/14 on larger pictures"),
        new("vit-h-14", "laion/CLIP-ViT-H-14-laion2B-s32B-b79K", "ViT-H/14", 986_109_441, "MIT", "LAION-2B"),
        new("vit-bigg-14", "laion/CLIP-ViT-bigG-14-laion2B-39B-b160k", "ViT-bigG/14", 2_539_567_105, "MIT", "LAION-2B, the best of these"),
        new("compodiff", "navervision/CompoDiff-Aesthetic", null, 140_043_776, "Apache-2.0", "CompoDiff's denoiser, beside L/14 and bigG/14"),
    ];

    /// <summary>A known model by its short name, by its repository, or by its usual name (ViT-L/14@336); null for others.</summary>
    public static KnownModel? Find(string name)
    {
        string plain = Plain(name);
        return All.FirstOrDefault(m => m.Name == plain || m.Id.Equals(name, StringComparison.OrdinalIgnoreCase)
            || (m.Size is string size && Plain(size) == plain));
    }

    private static string Plain(string name) => name.ToLowerInvariant().Replace('/', '-').Replace('@', '-');
}

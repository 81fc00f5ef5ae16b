using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Clip4Cir;

/// <summary>norm(E_I(picture) + E_T(words)) with the text tower of a CLIP that was fine-tuned for this sum.</summary>
/// <remarks>
/// The gallery must be one of the fine-tuned image tower. That it is when the text tower alone was trained, or when the gallery was made
/// with the fine-tuned CLIP itself; both are found out by comparing the towers.
/// </remarks>
public sealed class Clip4CirComposer : FusionComposer
{
    /// <summary>The folder of the fine-tuned CLIP in a run folder.</summary>
    public const string InRun = "clip";

    private readonly ClipModel _tuned;

    private Clip4CirComposer(ClipModel tuned)
        : base(tuned, "clip4cir") => _tuned = tuned;

    /// <summary>Opens the fine-tuned CLIP by its folder, its file or its run.</summary>
    /// <exception cref="CirrusException">There is none, or its image tower is not that of <paramref name="clip"/>.</exception>
    public static Composer Open(ClipModel clip, string? weights)
    {
        if (weights is null)
            throw new CirrusException("clip4cir needs a fine-tuned CLIP.",
                hint: "cirrus train clip4cir makes one; name its run with --weights");
        string path = Directory.Exists(Path.Combine(weights, InRun)) ? Path.Combine(weights, InRun) : weights;
        ClipModel tuned = ClipModel.Load(path, clip.Device);
        if (SameImages(clip, tuned))
            return new Clip4CirComposer(tuned);
        tuned.Dispose();
        throw new CirrusException(
            $"The image tower of '{path}' was fine-tuned too, so features of {clip.Config.Name} do not fit it.",
            hint: $"make the gallery with it: cirrus index FOLDER --model {path} (or eval --model {path}), "
                + "or train the text tower alone: --set encoder=text");
    }

    public override void Dispose()
    {
        base.Dispose();
        _tuned.Dispose();
    }

    protected override Tensor Fuse(Graph g, HeadInput input) => g.L2Normalize(g.Add(input.Pictures, input.Words));

    private static bool SameImages(ClipModel a, ClipModel b) => a.Config.P == b.Config.P && a.Config.Vision == b.Config.Vision
        && a.Weights.Where(w => w.Key.StartsWith("visual.", StringComparison.Ordinal)).All(w =>
            w.Value.ToArray().AsSpan().SequenceEqual(b.Weights[w.Key].ToArray()));
}

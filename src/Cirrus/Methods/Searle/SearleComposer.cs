using Cirrus.Clip;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;

namespace Cirrus.Methods.Searle;

/// <summary>Composes with the word that SEARLE's φ makes of a picture (Baldrati et al., ICCV 2023, section 3.2).</summary>
public sealed class SearleComposer : PseudoWordComposer
{
    private readonly MappingNetwork _phi;

    /// <param name="phi">disposed with the composer.</param>
    /// <param name="template">a prompt with <c>$</c> and <c>{caption}</c>.</param>
    /// <exception cref="CirrusException"><paramref name="phi"/> was not made for this CLIP, or the template lacks a part.</exception>
    public SearleComposer(ClipModel clip, MappingNetwork phi, string template = DefaultTemplate)
        : base(clip, template)
    {
        _phi = phi;
        Require(clip, phi);
    }

    public override string Name => "searle";

    protected override bool FirstPlaceOnly => true;

    /// <summary>Opens a φ by its file or run folder; the published SEARLE_ViT-B32.pt and SEARLE_ViT-L14.pt too.</summary>
    public static SearleComposer Open(ClipModel clip, string? weights) =>
        new(clip, MappingNetworkFile.Load(Needed(weights, "SEARLE needs a trained φ", "searle"), clip.Device));

    public override void Dispose()
    {
        base.Dispose();
        _phi.Dispose();
    }

    protected override Tensor Invert(Graph g, float[] pictures) =>
        _phi.Forward(g, g.Arena.From(pictures, pictures.Length / _phi.P, _phi.P));
}

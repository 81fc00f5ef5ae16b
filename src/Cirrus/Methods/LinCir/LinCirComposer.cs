using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.LinCir;

/// <summary>Composes with the word that LinCIR's φ makes of a picture (Gu et al., CVPR 2024, section 3.3).</summary>
public sealed class LinCirComposer : PseudoWordComposer
{
    private readonly MappingNetwork _phi;

    /// <param name="phi">disposed with the composer.</param>
    /// <param name="template">a prompt with <c>$</c> and <c>{caption}</c>.</param>
    /// <exception cref="CirrusException"><paramref name="phi"/> was not made for this CLIP, or the template lacks a part.</exception>
    public LinCirComposer(ClipModel clip, MappingNetwork phi, string template = DefaultTemplate)
        : base(clip, template)
    {
        _phi = phi;
        Require(clip, phi.P, phi.W, phi.Provenance);
    }

    public override string Name => "lincir";

    /// <summary>Opens a φ by its file or run folder.</summary>
    public static LinCirComposer Open(ClipModel clip, string? weights) => new(clip, MappingNetworkFile.Load(weights
        ?? throw new CirrusException("LinCIR needs a trained φ.", hint: "cirrus train lincir makes one; name it with --weights"), clip.Device));

    public override void Dispose()
    {
        base.Dispose();
        _phi.Dispose();
    }

    protected override Tensor Invert(Graph g, float[] pictures)
    {
        Tensor x = g.Arena.From(pictures, pictures.Length / _phi.P, _phi.P);
        return _phi.Forward(g, _phi.Normalizes ? g.L2Normalize(x) : x);
    }
}

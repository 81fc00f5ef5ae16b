using System.Buffers.Binary;
using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.LinCir;

/// <summary>Composes with the word that LinCIR's φ makes of a picture (Gu et al., CVPR 2024, section 3.3).</summary>
public sealed class LinCirComposer : PseudoWordComposer
{
    /// <summary>The fact of a φ that holds its captions' mean feature: P little-endian float32 in base 64.</summary>
    internal const string CaptionsMean = "captions_mean";

    private readonly MappingNetwork _phi;

    /// <param name="phi">disposed with the composer.</param>
    /// <param name="template">a prompt with <c>$</c> and <c>{caption}</c>.</param>
    /// <exception cref="CirrusException"><paramref name="phi"/> was not made for this CLIP, or the template lacks a part.</exception>
    public LinCirComposer(ClipModel clip, MappingNetwork phi, string template = DefaultTemplate)
        : base(clip, template)
    {
        _phi = phi;
        Require(clip, phi);
    }

    public override string Name => "lincir";

    /// <summary>Opens a φ by its file or run folder.</summary>
    public static LinCirComposer Open(ClipModel clip, string? weights) =>
        new(clip, MappingNetworkFile.Load(Needed(weights, "LinCIR needs a trained φ", "lincir"), clip.Device));

    public override void Dispose()
    {
        base.Dispose();
        _phi.Dispose();
    }

    /// <summary>What the trainer noted of its captions; a φ from elsewhere does not tell.</summary>
    protected override float[]? Centre => CentreOf(_phi);

    protected override Tensor Invert(Graph g, float[] pictures)
    {
        Tensor x = g.Arena.From(pictures, pictures.Length / _phi.P, _phi.P);
        return _phi.Forward(g, _phi.Normalizes ? g.L2Normalize(x) : x);
    }

    internal static string ToText(float[] mean)
    {
        byte[] bytes = new byte[4 * mean.Length];
        for (int i = 0; i < mean.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), mean[i]);
        return Convert.ToBase64String(bytes);
    }

    internal static float[]? CentreOf(MappingNetwork phi)
    {
        byte[] bytes = new byte[4 * phi.P];
        return phi.Provenance.TryGetValue(CaptionsMean, out string? text) && text.Length <= 8 * phi.P
            && Convert.TryFromBase64String(text, bytes, out int written) && written == bytes.Length
            ? [.. Enumerable.Range(0, phi.P).Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(4 * i)))]
            : null;
    }
}

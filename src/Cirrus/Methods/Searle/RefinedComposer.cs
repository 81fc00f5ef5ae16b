using Cirrus.Clip;
using Cirrus.Methods.LinCir;
using Cirrus.Tensors;

namespace Cirrus.Methods.Searle;

/// <summary>
/// LinCIR with patience: φ's word of a query's picture is where a short inversion begins. Our own; nothing more is trained.
/// </summary>
/// <remarks>
/// φ was learned from captions and has never seen a picture; a few steps of SEARLE's losses on the picture itself bring
/// the word nearer, and the phrases keep it readable. A picture is refined once and its word kept in memory.
/// </remarks>
public sealed class RefinedComposer : PseudoWordComposer
{
    private readonly MappingNetwork _phi;
    private readonly ConceptTable _concepts;
    private readonly TextualInversion _inversion;
    private readonly KnownWords _known;

    /// <param name="phi">disposed with the composer.</param>
    /// <exception cref="CirrusException"><paramref name="phi"/> was not made for this CLIP.</exception>
    public RefinedComposer(ClipModel clip, MappingNetwork phi, OtiOptions options, string template = DefaultTemplate)
        : base(clip, template)
    {
        _phi = phi;
        Require(clip, phi);
        _concepts = ConceptTable.Open(clip, ConceptVocabulary.Open(options.ConceptFile, clip.Tokenizer));
        _inversion = new(clip, _concepts, PhraseBook.Open(options.PhraseFile, clip.Tokenizer), options);
        _known = new(clip, Refine);
    }

    /// <summary>
    /// Fewer steps than an inversion from nothing, and an average that follows them; docs/log.md has what was chosen from.
    /// </summary>
    public static OtiOptions Few { get; } = new() { Steps = 50, EmaDecay = 0.9f };

    public override string Name => "lincir-oti";

    /// <summary>Opens LinCIR's φ by its file or run folder.</summary>
    public static RefinedComposer Open(ClipModel clip, string? weights) =>
        new(clip, MappingNetworkFile.Load(Needed(weights, "lincir-oti needs LinCIR's trained φ", "lincir"), clip.Device), Few);

    public override void Dispose()
    {
        base.Dispose();
        _inversion.Dispose();
        _concepts.Dispose();
        _phi.Dispose();
    }

    protected override float[]? Centre => LinCirComposer.CentreOf(_phi);

    protected override Tensor Invert(Graph g, float[] pictures) =>
        g.Arena.From(_known.Of(pictures), pictures.Length / _phi.P, _phi.W);

    private float[] Refine(float[] pictures)
    {
        using Arena arena = new(Clip.Device);
        Graph g = new(arena);
        Tensor x = arena.From(pictures, pictures.Length / _phi.P, _phi.P);
        Tensor words = _phi.Forward(g, _phi.Normalizes ? g.L2Normalize(x) : x);
        return _inversion.Refine(pictures, words.ToArray());
    }
}

using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.Pic2Word;

/// <summary>Composes with the word that IM2TEXT makes of a picture (Saito et al., CVPR 2023, section 3.2).</summary>
/// <remarks>The released prompts write the picture's place as <c>*</c>; they are understood as well (methods: 3.4).</remarks>
public sealed class Pic2WordComposer : PseudoWordComposer
{
    /// <summary>The paper's prompt for CIRR, with <c>$</c> for its <c>*</c>.</summary>
    public const string PaperTemplate = "a photo of $ , {caption}";

    private readonly Im2Text _network;

    /// <param name="network">disposed with the composer.</param>
    /// <param name="template">a prompt with <c>$</c> and <c>{caption}</c>.</param>
    /// <exception cref="CirrusException"><paramref name="network"/> was not made for this CLIP, or the template lacks a part.</exception>
    public Pic2WordComposer(ClipModel clip, Im2Text network, string template = PaperTemplate)
        : base(clip, template)
    {
        _network = network;
        Require(clip, network);
    }

    public override string Name => "pic2word";

    /// <summary>A <c>$</c> of a price stays one: the released code looks for its <c>*</c>, and takes the first.</summary>
    protected override bool FirstPlaceOnly => true;

    /// <summary>Opens a network by its file or run folder.</summary>
    public static Pic2WordComposer Open(ClipModel clip, string? weights) =>
        new(clip, Im2TextFile.Load(Needed(weights, "Pic2Word needs a trained network", "pic2word"), clip.Device));

    public override string Prompt(string? text, bool hasPicture) =>
        base.Prompt(hasPicture && text is not null ? PicturePlace.FromStars(text, 1) : text, hasPicture);

    public override float[] Compose(IReadOnlyList<Composition> queries) => base.Compose([.. queries.Select(FromStars)]);

    public override void Dispose()
    {
        base.Dispose();
        _network.Dispose();
    }

    protected override Tensor Invert(Graph g, float[] pictures) =>
        _network.Forward(g, g.Arena.From(pictures, pictures.Length / _network.P, _network.P));

    private static Composition FromStars(Composition query)
    {
        int pictures = query.Pictures.Count;
        if (pictures == 0)
            return query;
        return query with
        {
            Text = query.Text is null ? null : PicturePlace.FromStars(query.Text, pictures),
            Alternatives = query.Alternatives?.Select(text => PicturePlace.FromStars(text, pictures)).ToArray(),
        };
    }
}

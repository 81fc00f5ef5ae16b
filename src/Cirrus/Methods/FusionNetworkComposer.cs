using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>Composes with a trained head over the CLIP that it was trained with.</summary>
public class FusionNetworkComposer : FusionComposer
{
    private readonly HeadNetwork _network;

    /// <param name="network">disposed with the composer.</param>
    /// <exception cref="CirrusException">It was not made for this CLIP.</exception>
    public FusionNetworkComposer(ClipModel clip, HeadNetwork network)
        : base(clip, network.Method)
    {
        _network = network;
        if (network.P != clip.Config.P)
            throw new CirrusException($"This {network.Method} composes features of {network.P} numbers; "
                + $"those of {clip.Config.Name} have {clip.Config.P}.",
                hint: "use the CLIP that it was trained with");
        if (network.Provenance.TryGetValue("clip_fingerprint", out string? space) && space != clip.Fingerprint)
            throw new CirrusException(
                $"This {network.Method} was trained with {network.Provenance.GetValueOrDefault("clip", "another CLIP")} "
                    + $"({space}), the model here is {clip.Config.Name} ({clip.Fingerprint}).",
                hint: "use the CLIP that it was trained with");
    }

    public override void Dispose()
    {
        base.Dispose();
        _network.Dispose();
        GC.SuppressFinalize(this);
    }

    public override bool NeedsPatches => _network.NeedsPatches;

    private protected override bool NeedsTokens => _network.NeedsTokens;

    protected override Tensor Fuse(Graph g, HeadInput input) => _network.Forward(g, input);
}

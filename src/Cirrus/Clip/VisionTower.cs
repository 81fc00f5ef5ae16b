using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>CLIP's image tower (methods: 1.3).</summary>
public sealed class VisionTower
{
    public VisionConfig Config => throw new NotSupportedException();

    /// <summary>Features of pictures: pixels [B, 3, S, S], normalised → [B, P], <b>not</b> normalised.</summary>
    public Tensor Forward(Graph g, Tensor pixels) => throw new NotSupportedException();
}

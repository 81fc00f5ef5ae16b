using Cirrus.Tensors;

namespace Cirrus.Clip;

/// <summary>Sizes of a text tower. W = <paramref name="Width"/>.</summary>
public sealed record TextConfig(
    int Width, int Layers, int Heads, int Mlp, int Vocabulary, int Context, Activation Activation, float Eps = 1e-5f);

/// <summary>Sizes of an image tower. V = <paramref name="Width"/>; pictures are <paramref name="ImageSize"/> squared.</summary>
public sealed record VisionConfig(
    int Width, int Layers, int Heads, int Mlp, int Patch, int ImageSize, Activation Activation, float Eps = 1e-5f)
{
    /// <summary>Patches of a picture; the tower sees one token more.</summary>
    public int Patches => ImageSize / Patch * (ImageSize / Patch);
}

/// <summary>A CLIP: two towers into one space of <paramref name="P"/> dimensions.</summary>
public sealed record ClipConfig(string Name, int P, TextConfig Text, VisionConfig Vision);

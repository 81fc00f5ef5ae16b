namespace Cirrus.Clip;

/// <summary>The weights of a CLIP: their open_clip names, their shapes here, and CLIP's initialisation.</summary>
internal static class ClipWeights
{
    /// <summary>Name, shape, standard deviation and mean of the start value of every weight.</summary>
    /// <remarks>Radford et al. 2021, as open_clip does it: residual branches scaled by 1/√(2·layers).</remarks>
    public static IEnumerable<(string Name, int[] Shape, float Deviation, float Mean)> Shapes(ClipConfig c)
    {
        TextConfig t = c.Text;
        VisionConfig v = c.Vision;
        float vScale = 1f / MathF.Sqrt(v.Width);
        yield return ("token_embedding.weight", [t.Vocabulary, t.Width], 0.02f, 0);
        yield return ("positional_embedding", [t.Context, t.Width], 0.01f, 0);
        foreach (var w in Blocks("transformer.", t.Width, t.Mlp, t.Layers))
            yield return w;
        yield return ("ln_final.weight", [t.Width], 0, 1);
        yield return ("ln_final.bias", [t.Width], 0, 0);
        yield return ("text_projection", [c.P, t.Width], 1f / MathF.Sqrt(t.Width), 0);
        yield return ("visual.class_embedding", [v.Width], vScale, 0);
        yield return ("visual.positional_embedding", [v.Patches + 1, v.Width], vScale, 0);
        yield return ("visual.conv1.weight", [v.Width, 3 * v.Patch * v.Patch], 1f / MathF.Sqrt(3 * v.Patch * v.Patch), 0);
        yield return ("visual.ln_pre.weight", [v.Width], 0, 1);
        yield return ("visual.ln_pre.bias", [v.Width], 0, 0);
        foreach (var w in Blocks("visual.transformer.", v.Width, v.Mlp, v.Layers))
            yield return w;
        yield return ("visual.ln_post.weight", [v.Width], 0, 1);
        yield return ("visual.ln_post.bias", [v.Width], 0, 0);
        yield return ("visual.proj", [c.P, v.Width], vScale, 0);
        yield return ("logit_scale", [1], 0, 2.6592f);
    }

    private static IEnumerable<(string Name, int[] Shape, float Deviation, float Mean)> Blocks(
        string tower, int w, int mlp, int layers)
    {
        float attention = 1f / MathF.Sqrt(w), residual = attention / MathF.Sqrt(2 * layers), fc = 1f / MathF.Sqrt(2 * w);
        for (int i = 0; i < layers; i++)
        {
            string p = $"{tower}resblocks.{i}.";
            yield return (p + "ln_1.weight", [w], 0, 1);
            yield return (p + "ln_1.bias", [w], 0, 0);
            yield return (p + "attn.in_proj_weight", [3 * w, w], attention, 0);
            yield return (p + "attn.in_proj_bias", [3 * w], 0, 0);
            yield return (p + "attn.out_proj.weight", [w, w], residual, 0);
            yield return (p + "attn.out_proj.bias", [w], 0, 0);
            yield return (p + "ln_2.weight", [w], 0, 1);
            yield return (p + "ln_2.bias", [w], 0, 0);
            yield return (p + "mlp.c_fc.weight", [mlp, w], fc, 0);
            yield return (p + "mlp.c_fc.bias", [mlp], 0, 0);
            yield return (p + "mlp.c_proj.weight", [w, mlp], residual, 0);
            yield return (p + "mlp.c_proj.bias", [w], 0, 0);
        }
    }
}

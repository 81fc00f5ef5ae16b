namespace Cirrus.Clip;

/// <summary>Hugging Face's names of CLIP's weights, and how they map to open_clip's, which are ours (methods: 1.7).</summary>
internal static class HuggingFaceNames
{
    /// <summary>One weight of ours and the stored tensors it is made of: three for q, k, v, else one.</summary>
    public static string[] Of(string name)
    {
        if (name.StartsWith("visual.", StringComparison.Ordinal))
            return name switch
            {
                "visual.class_embedding" => ["vision_model.embeddings.class_embedding"],
                "visual.positional_embedding" => ["vision_model.embeddings.position_embedding.weight"],
                "visual.conv1.weight" => ["vision_model.embeddings.patch_embedding.weight"],
                "visual.proj" => ["visual_projection.weight"],
                _ when name.StartsWith("visual.ln_pre.", StringComparison.Ordinal) =>
                    ["vision_model.pre_layrnorm." + name["visual.ln_pre.".Length..]],
                _ when name.StartsWith("visual.ln_post.", StringComparison.Ordinal) =>
                    ["vision_model.post_layernorm." + name["visual.ln_post.".Length..]],
                _ => Block("vision_model.", name["visual.".Length..]),
            };
        return name switch
        {
            "token_embedding.weight" => ["text_model.embeddings.token_embedding.weight"],
            "positional_embedding" => ["text_model.embeddings.position_embedding.weight"],
            "text_projection" => ["text_projection.weight"],
            "logit_scale" => ["logit_scale"],
            _ when name.StartsWith("ln_final.", StringComparison.Ordinal) => ["text_model.final_layer_norm." + name[9..]],
            _ => Block("text_model.", name),
        };
    }

    private static string[] Block(string tower, string name)
    {
        string[] parts = name.Split('.', 4);                 // transformer.resblocks.N.rest
        string at = $"{tower}encoder.layers.{parts[2]}.";
        string kind = parts[3].EndsWith("bias", StringComparison.Ordinal) ? "bias" : "weight";
        return parts[3] switch
        {
            "attn.in_proj_weight" or "attn.in_proj_bias" =>
                [$"{at}self_attn.q_proj.{kind}", $"{at}self_attn.k_proj.{kind}", $"{at}self_attn.v_proj.{kind}"],
            "attn.out_proj.weight" or "attn.out_proj.bias" => [$"{at}self_attn.out_proj.{kind}"],
            "ln_1.weight" or "ln_1.bias" => [$"{at}layer_norm1.{kind}"],
            "ln_2.weight" or "ln_2.bias" => [$"{at}layer_norm2.{kind}"],
            "mlp.c_fc.weight" or "mlp.c_fc.bias" => [$"{at}mlp.fc1.{kind}"],
            "mlp.c_proj.weight" or "mlp.c_proj.bias" => [$"{at}mlp.fc2.{kind}"],
            _ => throw new ArgumentException($"There is no weight '{name}'.", nameof(name)),
        };
    }
}

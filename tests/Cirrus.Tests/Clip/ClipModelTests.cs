using System.Text.Json.Nodes;
using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Clip;

/// <summary>Loading and saving on small data of our own; the originals' are in <see cref="TowerGoldenTests"/>.</summary>
public sealed class ClipModelTests : IDisposable
{
    private static readonly string Goldens = Path.Combine(Shared.Repository, "tests", "Cirrus.Tests", "Clip", "golden");
    private readonly TempFolder _folder = new();
    private readonly Device _device = Device.Open("cpu");

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    // golden/tiny-open-clip: made by golden/make_tiny_open_clip.py in float64, from the description of the towers. The tolerances are
    // those of the originals' fixtures: 2e-5 of the largest feature, 1e-5 of the largest gradient.
    [Fact]
    public void An_open_clip_folder_gives_the_features_and_the_gradient_computed_in_float64()
    {
        using ClipModel clip = ClipModel.Load(Path.Combine(Goldens, "tiny-open-clip"), _device);
        Assert.Equal(("tiny-open-clip", 20, 1, 2), (clip.Config.Name, clip.Config.P, clip.Config.Text.Heads, clip.Config.Vision.Heads));
        Assert.Equal((Activation.Gelu, Activation.Gelu), (clip.Config.Text.Activation, clip.Config.Vision.Activation));
        using Golden golden = new(Path.Combine(Goldens, "tiny-open-clip.io.safetensors"));
        using ClipEmbedder embedder = new(clip);
        Golden.Close(golden.Floats("text_features"), embedder.EmbedTokens(golden.Rows("ids")), 2e-5f);
        Golden.Close(golden.Floats("image_features"), embedder.EmbedImages([.. golden.Floats("pixels").Chunk(3 * 12 * 12).Select(p => new ReadOnlyMemory<float>(p))]), 2e-5f);

        using Arena arena = new(_device);
        Graph g = new(arena);
        Tensor pseudo = arena.From(golden.Floats("pseudo"), golden.Shape("pseudo"));
        g.Watch(pseudo);
        Tensor features = clip.Text.Forward(g, TokenBatch.From(golden.Rows("ids")), pseudo, placeholder: 259);
        Golden.Close(golden.Floats("features_with_pseudo"), features.Floats, 2e-5f);
        g.Backward(g.MeanSquaredError(features, arena.Zeros(features.Shape)));
        Golden.Close(golden.Floats("grad_pseudo"), g.Gradient(pseudo).Floats, 1e-5f);
    }

    [Fact]
    public void Without_its_configuration_an_open_clip_file_is_read_by_its_size()
    {
        foreach (string file in new[] { "open_clip_model.safetensors", "bpe_simple_vocab_16e6.txt" })
            File.Copy(Path.Combine(Goldens, "tiny-open-clip", file), _folder.At(file));
        ClipCheckpoint clip = ClipCheckpoint.Inspect(_folder.At("open_clip_model.safetensors"));
        Assert.Equal(("open_clip_model", "open_clip", Activation.QuickGelu), (clip.Config.Name, clip.Layout, clip.Config.Text.Activation));
        Assert.Equal(new Dictionary<StoredType, long> { [StoredType.F16] = clip.Parameters }, clip.Stored);
    }

    [Theory]
    [InlineData(StoredType.F32)]
    [InlineData(StoredType.F16)]
    public void A_saved_model_loads_as_it_was(StoredType type)
    {
        using ClipModel clip = ClipModel.Load(Path.Combine(Goldens, "tiny-open-clip"), _device);
        clip.Save(_folder.At("hf"), type, new Dictionary<string, string> { ["made by"] = "a test" });
        using ClipModel again = ClipModel.Load(_folder.At("hf"), _device);
        Assert.Equal(clip.Fingerprint, again.Fingerprint);                                   // its weights are representable in float16
        Assert.Equal(clip.Config with { Name = "hf" }, again.Config);
        Assert.Equal("a test", ClipCheckpoint.Inspect(_folder.At("hf")).Metadata["made by"]);
        // The names as transformers has them, its slip of the pen included; projections lie the other way round than open_clip's.
        using TensorFile file = TensorFile.Open(Path.Combine(_folder.At("hf"), "model.safetensors"));
        Assert.Equal([20, 32], file.Tensors["text_projection.weight"].Shape);
        Assert.Equal([20, 48], file.Tensors["visual_projection.weight"].Shape);
        Assert.Equal([48], file.Tensors["vision_model.pre_layrnorm.weight"].Shape);
    }

    [Fact]
    public void Shards_and_PyTorch_files_are_the_same_model()
    {
        string folder = Save();
        using TensorFile whole = TensorFile.Open(Path.Combine(folder, "model.safetensors"));
        SavedTensor[] tensors = [.. whole.Tensors.Values.Select(t => new SavedTensor(t.Name, StoredType.F32, [.. t.Shape.Select(d => (int)d)], () => Read(whole, t)))];
        using ClipModel clip = ClipModel.Load(folder, _device);
        Directory.CreateDirectory(_folder.At("sharded"));
        Directory.CreateDirectory(_folder.At("torch"));
        foreach (string file in new[] { "config.json", "vocab.json", "merges.txt" })
        {
            File.Copy(Path.Combine(folder, file), Path.Combine(_folder.At("sharded"), file));
            File.Copy(Path.Combine(folder, file), Path.Combine(_folder.At("torch"), file));
        }
        Safetensors.Write(Path.Combine(_folder.At("sharded"), "1.safetensors"), tensors[..9]);
        Safetensors.Write(Path.Combine(_folder.At("sharded"), "2.safetensors"), tensors[9..]);
        JsonObject map = new(tensors.Select((t, i) => KeyValuePair.Create(t.Name, (JsonNode?)(i < 9 ? "1.safetensors" : "2.safetensors"))));
        File.WriteAllText(Path.Combine(_folder.At("sharded"), "model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
        TorchWriter.Write(Path.Combine(_folder.At("torch"), "pytorch_model.bin"), 1, "state_dict", tensors);
        foreach (string other in new[] { "sharded", "torch" })
        {
            using ClipModel same = ClipModel.Load(_folder.At(other), _device);
            Assert.Equal(clip.Fingerprint, same.Fingerprint);
        }
    }

    [Fact]
    public void Shapes_are_trusted_where_the_configuration_is_wrong()
    {
        string folder = Save();
        Edit(folder, json =>
        {
            json["projection_dim"] = 512;
            json["text_config"]!["projection_dim"] = 512;
            json["text_config"]!["eos_token_id"] = 2;
            json["text_config"]!["vocab_size"] = 49408;
        });
        Assert.Equal(TinyClip.P, ClipCheckpoint.Inspect(folder).Config.P);
        Assert.Equal(514, ClipCheckpoint.Inspect(folder).Config.Text.Vocabulary);
    }

    [Fact]
    public void Activation_and_heads_are_the_configurations()
    {
        string folder = Save();
        Edit(folder, json =>
        {
            json["vision_config"]!["hidden_act"] = "gelu";
            json["text_config"]!["num_attention_heads"] = 4;
        });
        ClipConfig config = ClipCheckpoint.Inspect(folder).Config;
        Assert.Equal((Activation.QuickGelu, Activation.Gelu, 4, 2), (config.Text.Activation, config.Vision.Activation, config.Text.Heads, config.Vision.Heads));
    }

    // transformers leaves defaults out of the files it writes: 8 and 12 heads, quick_gelu, 1e-5.
    [Fact]
    public void What_a_Hugging_Face_configuration_does_not_say_is_the_default_of_its_tower()
    {
        string folder = Save();
        Edit(folder, json =>
        {
            JsonNode text = json["text_config"]!, vision = json["vision_config"]!;
            text.AsObject().Remove("num_attention_heads");
            text["hidden_act"] = "gelu";
            text["layer_norm_eps"] = 1e-6;
            vision.AsObject().Remove("hidden_act");
            vision.AsObject().Remove("layer_norm_eps");
        });
        ClipConfig config = ClipCheckpoint.Inspect(folder).Config;
        Assert.Equal((8, Activation.Gelu, 1e-6f), (config.Text.Heads, config.Text.Activation, config.Text.Eps));
        Assert.Equal((2, Activation.QuickGelu, 1e-5f), (config.Vision.Heads, config.Vision.Activation, config.Vision.Eps));
    }

    [Fact]
    public void Another_activation_is_another_space()
    {
        string folder = Save(), before, after;
        using (ClipModel clip = ClipModel.Load(folder, _device))
            before = clip.Fingerprint;
        Edit(folder, json => json["text_config"]!["hidden_act"] = "gelu");
        using (ClipModel clip = ClipModel.Load(folder, _device))
            after = clip.Fingerprint;
        Assert.NotEqual(before, after);
    }

    [Theory]
    [InlineData("preprocessor_config.json", """{"image_mean": [0.5, 0.5, 0.5]}""", "image_mean")]
    [InlineData("preprocessor_config.json", """{"image_std": [0.26862954, 0.26130258]}""", "image_std")]
    [InlineData("preprocessor_config.json", """{"resample": 2}""", "bicubic")]
    [InlineData("preprocessor_config.json", """{"do_center_crop": false}""", "middle")]
    [InlineData("open_clip_config.json", """{"preprocess_cfg": {"mean": [0.5, 0.5, 0.5]}}""", "mean")]
    [InlineData("open_clip_config.json", """{"preprocess_cfg": {"resize_mode": "squash"}}""", "shortest")]
    [InlineData("open_clip_config.json", """{"preprocess_cfg": {"interpolation": "bilinear"}}""", "bicubic")]
    public void Another_preprocessing_is_refused(string file, string json, string message)
    {
        string folder = file.StartsWith("open", StringComparison.Ordinal) ? _folder.At("open") : Save();
        Directory.CreateDirectory(folder);
        foreach (string name in folder == _folder.At("open") ? Directory.GetFiles(Path.Combine(Goldens, "tiny-open-clip")) : [])
            File.Copy(name, Path.Combine(folder, Path.GetFileName(name)));
        File.WriteAllText(Path.Combine(folder, file), json);
        Assert.Contains(message, Refused(folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hidden_act", "relu", "relu")]
    [InlineData("num_attention_heads", 3, "heads")]
    public void A_configuration_of_another_model_is_refused(string name, object value, string message)
    {
        string folder = Save();
        Edit(folder, json => json["text_config"]![name] = value is int number ? JsonValue.Create(number) : JsonValue.Create((string)value));
        Assert.Contains(message, Refused(folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json", "config.json")]
    [InlineData("merges.txt", "vocabulary")]
    [InlineData("vocab.json", "vocabulary")]
    [InlineData("model.safetensors", "no weights")]
    public void What_is_missing_is_named(string file, string message)
    {
        string folder = Save();
        File.Delete(Path.Combine(folder, file));
        Assert.Contains(message, Refused(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tokenizer_of_another_model_is_refused()
    {
        string folder = Save();
        BpeTokenizer.FromMerges(["a b</w>"]).Save(folder);
        Assert.Contains("515 tokens, the model 514", Refused(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_model_is_refused()
    {
        string folder = Save();
        Rewrite(folder, t => t.Name.Contains("layers.0.self_attn.k_proj.bias", StringComparison.Ordinal) ? null : t);
        Assert.Contains("k_proj.bias is missing", Refused(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_file_that_claims_a_wide_tower_takes_no_memory()
    {
        string folder = Save();
        Rewrite(folder, t => t.Name == "text_model.embeddings.token_embedding.weight" ? t with { Shape = [2, 200_000], Values = () => new float[400_000] } : t);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("asks for", Refused(folder), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    private string Save()
    {
        using ClipModel clip = TinyClip.Create(_device);
        clip.Save(_folder.At("tiny"), StoredType.F32, new Dictionary<string, string>());
        return _folder.At("tiny");
    }

    private string Refused(string folder)
    {
        CirrusException e = Assert.Throws<CirrusException>(() => ClipModel.Load(folder, _device));
        Assert.NotEmpty(e.Hint);
        return e.Message;
    }

    private static void Edit(string folder, Action<JsonNode> change)
    {
        string path = Path.Combine(folder, "config.json");
        JsonNode json = JsonNode.Parse(File.ReadAllText(path))!;
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    private static void Rewrite(string folder, Func<SavedTensor, SavedTensor?> change)
    {
        string path = Path.Combine(folder, "model.safetensors"), other = path + ".new";
        using (TensorFile file = TensorFile.Open(path))
            Safetensors.Write(other, file.Tensors.Values.Select(t => change(new(t.Name, StoredType.F32, [.. t.Shape.Select(d => (int)d)], () => Read(file, t)))).OfType<SavedTensor>());
        File.Move(other, path, overwrite: true);
    }

    private static float[] Read(TensorFile file, StoredTensor tensor)
    {
        float[] values = new float[tensor.Count];
        file.Read(tensor.Name, values);
        return values;
    }
}

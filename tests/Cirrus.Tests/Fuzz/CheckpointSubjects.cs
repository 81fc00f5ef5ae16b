using Cirrus.Clip;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;
using Cirrus.Tests.Tensors;

namespace Cirrus.Tests.Fuzz;

/// <summary>Weights, configurations and tokenizers.</summary>
internal static class CheckpointSubjects
{
    private static readonly Device Cpu = Device.Open("cpu");

    public static IReadOnlyList<FuzzSubject> All { get; } =
    [
        new("safetensors", f => Safetensors.Write(Path.Combine(f, "a.safetensors"), Few, new Dictionary<string, string> { ["k"] = "v" }), f => Tensors(f, "a.safetensors")) { Share = 4 },
        new("sharded safetensors", Sharded, f => Tensors(f, "m.index.json")) { Share = 2 },
        new("torch", f => TorchWriter.Write(Path.Combine(f, "a.pt"), 3, "Phi", Few), f => Tensors(f, "a.pt")) { Share = 4 },
        new("torch by PyTorch", f => File.Copy(TorchFilesTests.At("plain.pt"), Path.Combine(f, "a.pt")), f => Tensors(f, "a.pt")) { Share = 2 },
        new("TorchScript", f => File.Copy(TorchFilesTests.At("script.pt"), Path.Combine(f, "a.pt")), f => Tensors(f, "a.pt")) { Share = 2 },
        new("pickled texts", f => PickledTexts.Write(Path.Combine(f, "a.pkl"), ["one", "two.jpg", "dré"]), f => PickledTexts.Read(Path.Combine(f, "a.pkl"))) { Share = 4 },
        new("pickled names", f => File.Copy(TorchFilesTests.At("names.pkl"), Path.Combine(f, "a.pkl")), f => PickledTexts.Read(Path.Combine(f, "a.pkl"))) { Share = 2 },
        new("CLIP folder", SavedClip, Inspect) { Files = ["config.json", "preprocessor_config.json", "tokenizer_config.json", "vocab.json", "merges.txt"], Share = 0.5 },
        new("CLIP folder's weights", SavedClip, Load) { Files = ["model.safetensors"], Share = 0.25 },
        new("OpenCLIP folder", OpenClip, Load) { Files = ["open_clip_config.json", "bpe_simple_vocab_16e6.txt", "open_clip_model.safetensors"], Share = 0.5 },
        new("tokenizer.json", Tokenizer, f => Tokens(f, "tokenizer.json")),
        new("merges.txt.gz", Merges, f => Tokens(f, "bpe_simple_vocab_16e6.txt.gz")) { Worth = 192 << 20 },     // a packed list may have 64 MiB
    ];

    private static IEnumerable<SavedTensor> Few => [New("one", [1, 2, 3, 4]), New("two", []), New("three", [5, 6])];

    private static SavedTensor New(string name, float[] values) => new(name, StoredType.F32, [values.Length], () => values);

    private static void Sharded(string folder)
    {
        Safetensors.Write(Path.Combine(folder, "a.safetensors"), Few, new Dictionary<string, string>());
        File.WriteAllText(Path.Combine(folder, "m.index.json"),
            """{"metadata":{"total_size":24},"weight_map":{"one":"a.safetensors","two":"a.safetensors","three":"a.safetensors"}}""");
    }

    private static void SavedClip(string folder)
    {
        using ClipModel clip = TinyClip.Create(Cpu);
        clip.Save(folder, StoredType.F16, new Dictionary<string, string>());
    }

    private static void OpenClip(string folder)
    {
        foreach (string file in Directory.GetFiles(Path.Combine(Shared.Repository, "tests", "Cirrus.Tests", "Clip", "golden", "tiny-open-clip")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }

    private static void Tokenizer(string folder) => File.WriteAllText(Path.Combine(folder, "tokenizer.json"), $$"""
        {"version": "1.0", "truncation": null, "added_tokens": [{"id": 514, "content": "<|startoftext|>", "special": true}, {"id": 515, "content": "<|endoftext|>", "special": true}],
         "model": {"type": "BPE", "dropout": null, "unk_token": "<|endoftext|>", "end_of_word_suffix": "</w>",
          "vocab": {{Vocabulary()}}, "merges": ["a b</w>", "c d"]} }
        """);

    private static string Vocabulary()
    {
        BpeTokenizer tokenizer = BpeTokenizer.FromMerges(["a b</w>", "c d"]);
        using TempFolder folder = new();
        tokenizer.Save(folder.Path);
        return File.ReadAllText(folder.At("vocab.json"));
    }

    private static void Merges(string folder)
    {
        using System.IO.Compression.GZipStream gz = new(File.Create(Path.Combine(folder, "bpe_simple_vocab_16e6.txt.gz")),
            System.IO.Compression.CompressionLevel.Fastest);
        gz.Write("\"bpe_simple_vocab_16e6.txt#version: 0.2\na b</w>\nc d\ncd e</w>\n"u8);
    }

    private static void Tensors(string folder, string name)
    {
        using TensorFile file = TensorFile.Open(Path.Combine(folder, name));
        foreach (StoredTensor tensor in file.Tensors.Values)
            if (tensor.Type is StoredType.F16 or StoredType.BF16 or StoredType.F32 or StoredType.F64)
                file.Read(tensor.Name, new float[tensor.Count]);
            else
                file.Read(tensor.Name, new long[tensor.Count]);
    }

    private static void Inspect(string folder) => ClipCheckpoint.Inspect(folder);

    private static void Load(string folder)
    {
        using ClipModel clip = ClipModel.Load(folder, Cpu);
        clip.Tokenizer.Encode("a red cat");
    }

    private static void Tokens(string folder, string name) => BpeTokenizer.Load(Path.Combine(folder, name)).Encode("ab cde ü");
}

using Cirrus.Clip;
using Cirrus.Language;
using Cirrus.Methods.Artemis;
using Cirrus.Methods.Combiner;
using Cirrus.Methods.CompoDiff;
using Cirrus.Methods.LinCir;
using Cirrus.Methods.Pic2Word;
using Cirrus.Methods.Searle;
using Cirrus.Methods.Tirg;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Fuzz;

/// <summary>Weights and tables of the methods.</summary>
internal static class MethodSubjects
{
    private const int P = 8;
    private static readonly Device Cpu = Device.Open("cpu");
    private static readonly ClipModel Tiny = TinyClip.Create(Cpu);

    private const string Sentences =
        "# newdoc id = w01\n# sent_id = 1\n1\tThe\tthe\tDET\tDT\t_\t2\tdet\t_\t_\n2\tdog\tdog\tNOUN\tNN\t_\t3\tnsubj\t_\t_\n3\truns\trun\tVERB\tVBZ\t_\t0\troot\t_\t_\n\n"
        + "# sent_id = 2\n1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n1\tdo\tdo\tAUX\tVB\t_\t0\troot\t_\t_\n2\tn't\tnot\tPART\tRB\t_\t1\tadvmod\t_\t_\n\n";

    private static readonly Lazy<string> SmallTagger = new(() =>
    {
        string folder = Directory.CreateTempSubdirectory("cirrus-test-").FullName, bank = Path.Combine(folder, "a.conllu"),
            file = Path.Combine(folder, "tagger.bin");
        File.WriteAllText(bank, Sentences);
        List<TaggedSentence> sentences = Treebank.Read(bank);
        TaggerTrainer.Save(new TaggerTrainer(sentences, new(Epochs: 2, Seen: 1, Cut: 0)).Run(sentences, null, CancellationToken.None), file);
        return file;
    });

    public static IReadOnlyList<FuzzSubject> All { get; } =
    [
        new("LinCIR's phi", f => Phi(f, "phi.pt"), f => MappingNetworkFile.Load(Path.Combine(f, "phi.pt"), Cpu).Dispose()),
        new("SEARLE's phi", f => Phi(f, "phi.safetensors"), f => MappingNetworkFile.Load(Path.Combine(f, "phi.safetensors"), Cpu).Dispose()),
        new("Pic2Word's network", f => Im2TextFile.Save(Im2Text.Random(Cpu, P, P, P, new Philox(1, 0)), Path.Combine(f, "a.pt")),
            f => Im2TextFile.Load(Path.Combine(f, "a.pt"), Cpu).Dispose()),
        new("Combiner", f => CombinerNetwork.Random(Cpu, P, 2 * P, 2 * P, new Philox(1, 0)).Save(Path.Combine(f, "a.safetensors")),
            f => CombinerNetwork.Load(Path.Combine(f, "a.safetensors"), Cpu).Dispose()),
        new("TIRG", f => TirgNetwork.Random(Cpu, P, 2, new Philox(1, 0)).Save(Path.Combine(f, "a.safetensors")), f =>
            TirgNetwork.Load(Path.Combine(f, "a.safetensors"), Cpu).Dispose()),
        new("ARTEMIS", f => ArtemisNetwork.Random(Cpu, P, new Philox(1, 0)).Save(Path.Combine(f, "a.safetensors")), f =>
            ArtemisNetwork.Load(Path.Combine(f, "a.safetensors"), Cpu).Dispose()),
        new("CompoDiff folder", f => Denoiser(f, torch: false), f => DenoiserFile.Load(f, Cpu).Dispose()),
        new("CompoDiff folder by PyTorch", f => Denoiser(f, torch: true), f => DenoiserFile.Load(f, Cpu).Dispose()),
        new("tagger", f => File.Copy(SmallTagger.Value, Path.Combine(f, "tagger.bin")), f =>
            PosTagger.Load(Path.Combine(f, "tagger.bin")).Tag(["a", "red", "cat"])),
        new("treebank", f => File.WriteAllText(Path.Combine(f, "a.conllu"), Sentences), f => Treebank.Read(Path.Combine(f, "a.conllu"))),
        new("treebank.gz", PackedTreebank, f => Treebank.Read(Path.Combine(f, "a.conllu.gz"))),
        new("pseudo-words", Oti, f => OtiFolder.Read(f)),
        new("phrases, JSON lines", f => File.WriteAllText(Path.Combine(f, "p.jsonl"),
            "{\"concept\": \"cat\", \"phrases\": [\"a photo of cat that sleeps\"]}\n\n{\"concept\": \"dog\", \"phrases\": [\"a dog\"]}\n"),
            f => PhraseFile.Read(Path.Combine(f, "p.jsonl"))),
        new("phrases, text", f => File.WriteAllText(Path.Combine(f, "p.txt"), "cat\ta cat sits\na photo of red car that is that\n"),
            f => PhraseFile.Read(Path.Combine(f, "p.txt"))),
        new("concepts", f => File.WriteAllText(Path.Combine(f, "c.csv"),
            "LabelName,DisplayName\r\n/m/01,Dog\r\n/m/02,\"Tree, old\"\r\n/m/03, Dog \r\n"), f =>
            ConceptVocabulary.Read(Path.Combine(f, "c.csv"))),
    ];

    private static void Phi(string folder, string name)
    {
        using MappingNetwork phi = MappingNetwork.Random(Cpu, P, P, new Philox(1, 0));
        MappingNetworkFile.Save(phi, Path.Combine(folder, name));
    }

    private static void Denoiser(string folder, bool torch)
    {
        using Denoiser network = Cirrus.Methods.CompoDiff.Denoiser.Random(new(16, 2, 8, 4, 12, 4), Cpu, new Philox(3, 0));
        DenoiserFile.Save(network, folder, torch);
    }

    private static void PackedTreebank(string folder)
    {
        using System.IO.Compression.GZipStream gz = new(File.Create(Path.Combine(folder, "a.conllu.gz")),
            System.IO.Compression.CompressionLevel.Fastest);
        gz.Write(System.Text.Encoding.UTF8.GetBytes(Sentences));
    }

    private static void Oti(string folder) => new OtiFolder(["a.jpg", "b.jpg"], new float[2 * P], P,
        new(1, Tiny.Fingerprint, new OtiOptions(), "concepts", "phrases", ["0123456789abcdef", "fedcba9876543210"])).Write(folder);
}

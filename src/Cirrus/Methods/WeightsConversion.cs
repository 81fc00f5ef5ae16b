using System.Runtime.InteropServices;
using Cirrus.Methods.Artemis;
using Cirrus.Methods.Combiner;
using Cirrus.Methods.CompoDiff;
using Cirrus.Methods.LinCir;
using Cirrus.Methods.Pic2Word;
using Cirrus.Methods.Tirg;
using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>A method's trained weights: written as published (.pt, .bin) or as safetensors with their facts.</summary>
public static class WeightsConversion
{
    private static readonly string[] Endings = [".safetensors", ".pt", ".bin"];

    /// <summary>Writes <paramref name="to"/> by its ending, reads it again, and keeps it if every number is the same.</summary>
    /// <returns>what it is, and whether facts were left behind, for which the published layout has no room.</returns>
    /// <exception cref="CirrusException">It is no network that is known, the target exists, or its layout cannot say
    /// what the network needs.</exception>
    public static (string What, bool LostFacts) Run(string source, string to, Device device)
    {
        string ending = Path.GetExtension(to).ToLowerInvariant();
        if (Path.Exists(to))
            throw new CirrusException($"'{to}' exists already.", hint: "name a new file, or remove that one");
        if (!Endings.Contains(ending))
            throw new CirrusException($"'{to}' does not say what to write.", hint: "end it in .safetensors, .pt or .bin");
        string unfinished = Path.ChangeExtension(to, $".{Environment.ProcessId}.unfinished{ending}");
        try
        {
            using Network network = Network.Open(source, device);
            network.Save(unfinished);
            using (Network written = Network.Open(unfinished, device))
                if (!Same(network.Weights, written.Weights))
                    throw new CirrusException($"'{to}' would not have the numbers of '{source}'.",
                        hint: "please report it with both files");
            File.Move(unfinished, to);
            return (network.What, ending != ".safetensors" && network.Facts.Keys.Any(k => k is not ("epoch" or "step")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CirrusException($"'{to}' cannot be written: {e.Message}", hint: "name a place that is yours", e);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    private static bool Same(IReadOnlyList<Tensor> a, IReadOnlyList<Tensor> b) =>
        a.Count == b.Count && a.Zip(b).All(pair =>
            pair.First.Shape.SequenceEqual(pair.Second.Shape) && Bits(pair.First).SequenceEqual(Bits(pair.Second)));

    private static ReadOnlySpan<int> Bits(Tensor t) => MemoryMarshal.Cast<float, int>(t.ToArray());      // a NaN equals itself

    /// <summary>A network of any method.</summary>
    /// <param name="What">its name for people.</param>
    private sealed record Network(string What, IDisposable Held, IReadOnlyList<Tensor> Weights,
        IReadOnlyDictionary<string, string> Facts, Action<string> Save) : IDisposable
    {
        public void Dispose() => Held.Dispose();

        /// <summary>Recognises it by a tensor that no other has.</summary>
        public static Network Open(string path, Device device)
        {
            string file = Training.WeightsFile.Find(path);
            string[] names;
            using (TensorFile tensors = TensorFile.Open(file))
                names = [.. tensors.Tensors.Keys];
            bool Has(string mark) => names.Any(n => n == mark || n.EndsWith("." + mark, StringComparison.Ordinal));
            if (Has("net.transformer.norm.g"))
                return Of(DenoiserFile.Load(path, device));
            if (Has("combiner_layer.weight"))
                return Of("Combiner", CombinerNetwork.Load(path, device));
            if (Has("gate.linear.weight"))
                return Of("TIRG", TirgNetwork.Load(path, device));
            if (Has("attend_match.0.weight"))
                return Of("ARTEMIS", ArtemisNetwork.Load(path, device));
            if (Has(Im2Text.Names[^1]))
                return Of(Im2TextFile.Load(path, device));
            if (Has(MappingNetwork.Names[^1]))
                return Of(MappingNetworkFile.Load(path, device));
            throw new CirrusException($"'{path}' is no CLIP and no method's network that can be converted.",
                hint: $"cirrus info {path} lists what it has");
        }

        private static Network Of(Denoiser n) => new("CompoDiff", n,
            [.. n.Weights.OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => w.Value), n.Frequencies], n.Provenance, to =>
                DenoiserFile.SaveFile(n, to));

        private static Network Of(MappingNetwork n) => new("φ", n, n.Weights, n.Provenance, to => MappingNetworkFile.Save(n, to));

        private static Network Of(Im2Text n) => new("IM2TEXT", n, n.Weights, n.Provenance, to => Im2TextFile.Save(n, to));

        private static Network Of(string what, HeadNetwork n) => new(what, n, n.Weights, n.Provenance, n.Save);
    }
}

using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>A supervised head: makes a query of the picture's and the words' features of a frozen CLIP.</summary>
/// <remarks>Once trained, its weights do not change: one instance serves any number of threads, each with a graph of its own.</remarks>
public abstract class FusionNetwork : IDisposable
{
    private readonly Arena _arena;

    /// <param name="method">as it stands in <see cref="Method.All"/>.</param>
    /// <param name="dict">the key of the state dict in the published file: "Combiner".</param>
    /// <param name="p">length of a CLIP feature.</param>
    /// <param name="names">of the weights in the state dict.</param>
    /// <param name="weights">row by row, in the order of the names.</param>
    private protected FusionNetwork(Device device, string method, string dict, int p, IReadOnlyList<string> names, IReadOnlyList<int[]> shapes, IReadOnlyList<float[]> weights)
    {
        (Method, Dict, P, Names, _arena) = (method, dict, p, names, new(device));
        Weights = [.. shapes.Select((shape, i) => _arena.From(weights[i], shape))];
    }

    public string Method { get; }

    /// <summary>Length of a CLIP feature.</summary>
    public int P { get; }

    public IReadOnlyList<string> Names { get; }

    /// <summary>In the order of <see cref="Names"/>.</summary>
    public IReadOnlyList<Tensor> Weights { get; }

    /// <summary>How many numbers are trained.</summary>
    public long Parameters => Weights.Sum(w => w.Count);

    /// <summary>Free text that came with the file, or of the run that trained it.</summary>
    public IReadOnlyDictionary<string, string> Provenance { get; set; } = new Dictionary<string, string>();

    private string Dict { get; }

    /// <summary>Composes a batch.</summary>
    /// <param name="pictures">[B, P] features of the pictures in hand, <b>not</b> normalised.</param>
    /// <param name="words">[B, P] features of the words, <b>not</b> normalised.</param>
    /// <param name="dropout">share of hidden units zeroed, drawn from the graph's random numbers; 0 outside training.</param>
    /// <returns>[B, P] unit rows, in the arena of the graph.</returns>
    public abstract Tensor Forward(Graph g, Tensor pictures, Tensor words, float dropout = 0);

    /// <summary>Scores of every query of a batch with every target → [B, B], right on the diagonal.</summary>
    /// <param name="targets">[B, P] unit rows.</param>
    /// <param name="scale">what the cosines are multiplied by.</param>
    public virtual Tensor Logits(Graph g, Tensor pictures, Tensor words, Tensor targets, float scale, float dropout = 0) =>
        g.Scale(g.Linear(Forward(g, pictures, words, dropout), targets), scale);

    /// <summary>Asks for the gradients of all weights in the graph's next backward pass.</summary>
    public void Watch(Graph g)
    {
        foreach (Tensor w in Weights)
            g.Watch(w);
    }

    /// <summary>Writes a name ending in .pt as the state dict of {'epoch', NAME: ...}, anything else as safetensors with <see cref="Provenance"/>.</summary>
    public void Save(string path)
    {
        IEnumerable<SavedTensor> tensors = Weights.Select((w, i) => SavedTensor.From(Names[i], w));
        if (path.EndsWith(".pt", StringComparison.OrdinalIgnoreCase))
            TorchWriter.Write(path, int.TryParse(Provenance.GetValueOrDefault("epoch"), out int epoch) ? epoch : 0, Dict, tensors);
        else
            Safetensors.Write(path, tensors, Provenance);
    }

    public void Dispose()
    {
        _arena.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>PyTorch's initialisation of linear layers: weights and biases U(−1/√fan_in, 1/√fan_in).</summary>
    private protected static float[] Uniform(int count, int fanIn, Philox random)
    {
        float bound = 1f / MathF.Sqrt(fanIn);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = ((2 * random.Uniform((ulong)i)) - 1) * bound;
        return values;
    }
}

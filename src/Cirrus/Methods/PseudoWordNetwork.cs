using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>A network of three linear layers, P → H → H → W, that turns a picture's feature into one pseudo-word.</summary>
/// <remarks>Once trained, its weights do not change: one instance serves many threads, each with a graph of its own.</remarks>
public abstract class PseudoWordNetwork : IDisposable
{
    private readonly Arena _arena;

    /// <param name="weights">[H, P], [H], [H, H], [H], [W, H], [W], row by row.</param>
    /// <exception cref="ArgumentException">Sizes do not fit each other.</exception>
    private protected PseudoWordNetwork(Device device, int p, int hidden, int w, IReadOnlyList<float[]> weights)
    {
        int[][] shapes = Shapes(p, hidden, w);
        if (weights.Count != shapes.Length)
            throw new ArgumentException($"{weights.Count} weights; a network of pseudo-words has {shapes.Length}.");
        (P, Hidden, W, _arena) = (p, hidden, w, new(device));
        Weights = [.. shapes.Select((shape, i) => _arena.From(weights[i], shape))];
    }

    /// <summary>Length of a CLIP feature.</summary>
    public int P { get; }

    /// <summary>Width of the two hidden layers.</summary>
    public int Hidden { get; }

    /// <summary>Length of a token embedding.</summary>
    public int W { get; }

    public Device Device => _arena.Device;

    /// <summary>Matrix and bias of each layer, in the order of the state dict's names.</summary>
    public IReadOnlyList<Tensor> Weights { get; }

    /// <summary>Free text that came with the file, or of the run that trained it.</summary>
    public IReadOnlyDictionary<string, string> Provenance { get; set; } = new Dictionary<string, string>();

    internal static int[][] Shapes(int p, int hidden, int w) =>
        [[hidden, p], [hidden], [hidden, hidden], [hidden], [w, hidden], [w]];

    /// <summary>Weights to begin a training with, as PyTorch begins linear layers.</summary>
    private protected static float[][] Start(int p, int hidden, int w, Philox random)
    {
        int[] fanIn = [p, p, hidden, hidden, hidden, hidden];
        return [.. Shapes(p, hidden, w).Select((shape, i) => StartValues.Linear(shape, fanIn[i], random.Fork((ulong)i)))];
    }

    /// <summary>Asks for the gradients of all weights in the graph's next backward pass.</summary>
    public void Watch(Graph g)
    {
        foreach (Tensor w in Weights)
            g.Watch(w);
    }

    public void Dispose()
    {
        _arena.Dispose();
        GC.SuppressFinalize(this);
    }
}

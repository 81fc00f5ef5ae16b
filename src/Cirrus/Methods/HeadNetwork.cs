using Cirrus.Tensors;

namespace Cirrus.Methods;

/// <summary>A supervised head: makes a query of what a frozen CLIP sees in picture and words.</summary>
/// <remarks>Once trained, its weights do not change: one instance serves many threads, each with a graph of its own.</remarks>
public abstract class HeadNetwork : IDisposable
{
    private readonly Arena _arena;

    /// <param name="method">as it stands in <see cref="Method.All"/>.</param>
    /// <param name="dict">the key of the state dict in the published file: "Combiner".</param>
    /// <param name="p">length of a CLIP feature.</param>
    /// <param name="names">of the weights in the state dict.</param>
    /// <param name="weights">row by row, in the order of the names.</param>
    private protected HeadNetwork(Device device, string method, string dict, int p, IReadOnlyList<string> names,
        IReadOnlyList<int[]> shapes, IReadOnlyList<float[]> weights)
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

    /// <summary>True when it reads the states of the words' tokens.</summary>
    public virtual bool NeedsTokens => false;

    /// <summary>True when it reads the states of the pictures' patches.</summary>
    public virtual bool NeedsPatches => false;

    /// <summary>True for a weight that weight decay makes smaller.</summary>
    public virtual bool Decays(Tensor weight) => true;

    /// <summary>Composes a batch → [B, P] unit rows, in the arena of the graph.</summary>
    /// <param name="dropout">share of hidden units zeroed, drawn from the graph's random numbers; 0 outside training.</param>
    public abstract Tensor Forward(Graph g, HeadInput input, float dropout = 0);

    /// <summary>
    /// What training makes small → [1]: unless a method has its own, the cross-entropy of finding the right target in
    /// the batch.
    /// </summary>
    /// <param name="targets">[B, P] unit rows, the right ones in the order of the queries.</param>
    /// <param name="scale">what cosines are multiplied by, where the network does not learn it.</param>
    public virtual Tensor Loss(Graph g, HeadInput input, Tensor targets, float scale, float dropout = 0) =>
        g.CrossEntropy(g.Scale(g.Linear(Forward(g, input, dropout), targets), scale), [.. Enumerable.Range(0, targets.Rows)]);

    /// <summary>Asks for the gradients of all weights in the graph's next backward pass.</summary>
    public void Watch(Graph g)
    {
        foreach (Tensor w in Weights)
            g.Watch(w);
    }

    /// <summary>
    /// Writes a name ending in .pt as the state dict of {'epoch', NAME: ...}, anything else as safetensors with
    /// <see cref="Provenance"/>.
    /// </summary>
    public void Save(string path) =>
        StateDict.Write(path, Dict, Weights.Select((w, i) => SavedTensor.From(Names[i], w)), Provenance);

    public void Dispose()
    {
        _arena.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Tensor this[string name] => Weights[Names.ToList().IndexOf(name)];

    /// <exception cref="CirrusException">No trained file was named.</exception>
    private protected static string Needed(string? weights, string what, string method) => weights
        ?? throw new CirrusException($"{what} needs trained weights.",
            hint: $"cirrus train {method} makes some; name them with --weights");

    /// <summary>The linear layer whose matrix is the weight of that number, and whose bias the next.</summary>
    private protected Tensor Layer(Graph g, Tensor x, int at, Activation activation = Activation.None) =>
        g.Linear(x, Weights[at], Weights[at + 1], activation);
}

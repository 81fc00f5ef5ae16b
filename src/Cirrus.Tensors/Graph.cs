namespace Cirrus.Tensors;

/// <summary>Reverse-mode tape over the operations of a <see cref="Device"/>.</summary>
/// <remarks>
/// A model is written once, as its forward pass. Only operations with an input that needs a gradient are recorded; without
/// a watched leaf the same calls are inference. Every result lives in the arena until its next reset.
/// A graph belongs to one thread.
/// </remarks>
public sealed partial class Graph(Arena arena)
{
    private readonly List<Action> _tape = [];
    private readonly Dictionary<Tensor, Tensor?> _gradients = [];
    private readonly HashSet<Tensor> _leaves = [];
    private ulong _draws;
    private Philox? _random;

    public Arena Arena { get; } = arena;

    public Device Device => Arena.Device;

    /// <summary>Dropout and noise draw from here; each call takes a stream of its own. Null: dropout is the identity.</summary>
    public Philox? Random
    {
        get => _random;
        set => (_random, _draws) = (value, 0);
    }

    /// <summary>Asks for the gradient of a leaf (a weight or an input) in the next <see cref="Backward"/>.</summary>
    /// <exception cref="ArgumentException">It was computed from something watched, and no gradient of such is kept.</exception>
    public void Watch(Tensor leaf)
    {
        if (!_gradients.TryAdd(leaf, null) && !_leaves.Contains(leaf))
            throw new ArgumentException($"{leaf.Describe()} was computed here: only a weight or an input can be watched.");
        _leaves.Add(leaf);
    }

    /// <summary>True when <paramref name="x"/> is watched or computed from something watched.</summary>
    public bool Needs(Tensor x) => _gradients.ContainsKey(x);

    /// <summary>The gradient of a watched leaf, of its shape; zeros when the loss does not depend on it.</summary>
    /// <exception cref="InvalidOperationException">The tensor was not watched.</exception>
    public Tensor Gradient(Tensor leaf) => _leaves.Contains(leaf)
        ? Slot(leaf)
        : throw new InvalidOperationException($"{leaf.Describe()} was not watched, so it has no gradient.");

    /// <summary>Runs the tape backwards from a loss of one element.</summary>
    public void Backward(Tensor loss)
    {
        if (loss.Count != 1)
            throw new ArgumentException($"A loss has one element, this has {loss.Describe()}.");
        if (!Needs(loss))
            throw new InvalidOperationException("The loss depends on nothing that is watched.");
        Device.Fill(Slot(loss), 1f);
        Unwind();
    }

    /// <summary>Runs the tape backwards from several results with given gradients: where a loss was cut into parts.</summary>
    public void BackwardFrom(params ReadOnlySpan<(Tensor Y, Tensor Dy)> from)
    {
        foreach ((Tensor y, Tensor dy) in from)
            Device.AddScaled(Slot(y), dy, 1f);
        Unwind();
    }

    /// <summary>Forgets the tape and the watched leaves, and resets the arena.</summary>
    public void Reset()
    {
        _tape.Clear();
        _gradients.Clear();
        _leaves.Clear();
        Arena.Reset();
    }

    private void Unwind()
    {
        for (int i = _tape.Count - 1; i >= 0; i--)
            _tape[i]();
        _tape.Clear();
    }

    /// <summary>The gradient of x, made of zeros on first use.</summary>
    private Tensor Slot(Tensor x) => _gradients[x] ??= Arena.Zeros(x.Type, x.Shape);

    /// <summary>The gradient of x; its contents are undefined unless they are to be added to.</summary>
    private Tensor Slot(Tensor x, out bool accumulate)
    {
        accumulate = _gradients[x] is not null;
        return _gradients[x] ??= Arena.New(x.Type, x.Shape);
    }

    /// <summary>Adds dy to the gradient of x, or makes it that: a step may do so with its own when it is done with it.</summary>
    private void HandDown(Tensor x, Tensor dy)
    {
        if (_gradients[x] is Tensor dx)
            Device.AddScaled(dx, dy, 1f);
        else
            _gradients[x] = dy.Reshape(x.Shape);
    }

    private Tensor? SlotIfNeeded(Tensor? x) => x is not null && Needs(x) ? Slot(x) : null;

    private bool Any(params ReadOnlySpan<Tensor?> inputs)
    {
        foreach (Tensor? x in inputs)
            if (x is not null && Needs(x))
                return true;
        return false;
    }

    /// <summary>Records a step; it is skipped when no gradient arrives at y.</summary>
    private void Record(Tensor y, Action<Tensor> backward)
    {
        _gradients.Add(y, null);
        _tape.Add(() =>
        {
            if (_gradients[y] is Tensor dy)
                backward(dy);
        });
    }

    private Philox NextStream() => (_random ?? throw new InvalidOperationException("This needs Graph.Random.")).Fork(_draws++);

    private static void Require(bool condition, string operation, params ReadOnlySpan<Tensor?> found)
    {
        if (condition)
            return;
        string shapes = "";
        foreach (Tensor? t in found)
            shapes += (shapes.Length > 0 ? ", " : "") + (t?.Describe() ?? "null");
        throw new ArgumentException($"{operation}: shapes do not fit: {shapes}.");
    }
}

using Cirrus.Clip;
using Cirrus.Tensors;

namespace Cirrus.Methods.LinCir;

/// <summary>LinCIR's loss of a batch and its gradient for φ (methods: 2.5).</summary>
/// <remarks>
/// The batch goes through the tower in parts of <see cref="LinCirOptions.MicroBatch"/> captions, whose gradients are added:
/// activations stay in reach of the caches and memory does not grow with the batch. Parts are added in order, so results repeat.
/// </remarks>
internal sealed class LinCirGradient : IDisposable
{
    private readonly ClipModel _clip;
    private readonly MappingNetwork _phi;
    private readonly LinCirOptions _options;
    private readonly Graph _whole;
    private readonly Graph _part;
    private readonly Arena _sums;
    private Tensor[]? _summed;
    private IReadOnlyList<Tensor>? _gradients;

    public LinCirGradient(ClipModel clip, MappingNetwork phi, LinCirOptions options)
    {
        (_clip, _phi, _options) = (clip, phi, options);
        (_whole, _part, _sums) = (new(new Arena(clip.Device)), new(new Arena(clip.Device)), new(clip.Device));
    }

    /// <summary>Gradients of the last <see cref="Compute(PreparedBatch, float[], float, float, Philox)"/>, until <see cref="Release"/>.</summary>
    public IReadOnlyList<Tensor> Gradients =>
        _gradients ?? throw new InvalidOperationException("There is no gradient: compute one first.");

    /// <summary>Loss and gradient of a batch.</summary>
    /// <param name="t">[B·P] un-normalised features of the whole captions.</param>
    public float Compute(PreparedBatch batch, float[] t, float noise, float dropout, Philox random)
    {
        (Tensor target, Tensor x) = Noisy(batch.B, t, noise, random);
        double loss = 0;
        int part = 0;
        for (int start = 0; start < batch.B; start += _options.MicroBatch, part++)
        {
            int count = Math.Min(_options.MicroBatch, batch.B - start);
            float share = count / (float)batch.B;
            _part.Random = random.Fork((ulong)part + 1);
            loss += share * (double)Backward(
                batch.MaskedPart(start, count), x.Slice(start, count), target.Slice(start, count), share, dropout);
        }
        return (float)loss;
    }

    /// <summary>The loss alone, without dropout.</summary>
    public float Loss(PreparedBatch batch, float[] t, float noise, Philox random)
    {
        (Tensor target, Tensor x) = Noisy(batch.B, t, noise, random);
        double loss = 0;
        for (int start = 0; start < batch.B; start += _options.MicroBatch)
        {
            int count = Math.Min(_options.MicroBatch, batch.B - start);
            Tensor mean = Forward(_part, _clip.Text, _phi, batch.MaskedPart(start, count), x.Slice(start, count),
                target.Slice(start, count), _clip.Tokenizer.Placeholder);
            loss += count / (double)batch.B * mean.ToArray()[0];
            _part.Reset();
        }
        _whole.Reset();
        return (float)loss;
    }

    /// <summary>The forward pass of a step → the loss [1].</summary>
    /// <param name="x">[B, P] noisy features.</param>
    /// <param name="t">[B, P] target features.</param>
    public static Tensor Forward(Graph g, TextTower text, MappingNetwork phi, TokenBatch masked, Tensor x, Tensor t,
        int placeholder, float dropout = 0, IReadOnlyList<Tensor>? keep = null)
    {
        Tensor e = phi.Forward(g, x, dropout, keep);               // [B, W]
        Tensor that = text.Forward(g, masked, e, placeholder);     // [B, P]
        return g.MeanSquaredError(that, t);
    }

    /// <summary>Forgets the gradients and gives their memory back.</summary>
    public void Release()
    {
        _gradients = null;
        _part.Reset();
        _whole.Reset();
    }

    public void Dispose()
    {
        _whole.Arena.Dispose();
        _part.Arena.Dispose();
        _sums.Dispose();
    }

    private (Tensor Target, Tensor X) Noisy(int b, float[] t, float noise, Philox random)
    {
        _whole.Random = random.Fork(0);
        Tensor target = _whole.Arena.From(t, b, _phi.P);
        Tensor x = noise == 0 ? target : _whole.AddNoise(target, noise);
        return (target, _options.L2Normalize ? _whole.L2Normalize(x) : x);
    }

    private float Backward(TokenBatch masked, Tensor x, Tensor t, float share, float dropout)
    {
        _phi.Watch(_part);
        Tensor loss = Forward(_part, _clip.Text, _phi, masked, x, t, _clip.Tokenizer.Placeholder, dropout);
        float value = loss.ToArray()[0];
        _part.Backward(share == 1 ? loss : _part.Scale(loss, share));
        Tensor[] gradients = [.. _phi.Weights.Select(_part.Gradient)];
        if (share == 1)
            _gradients = gradients;
        else
        {
            Collect(gradients);
            _part.Reset();
        }
        return value;
    }

    private void Collect(Tensor[] gradients)
    {
        _summed ??= [.. gradients.Select(g => _sums.New(g.Shape))];
        for (int i = 0; i < gradients.Length; i++)
            if (_gradients is null)
                _clip.Device.Copy(_summed[i], gradients[i]);
            else
                _clip.Device.Accumulate(_summed[i], gradients[i]);
        _gradients = _summed;
    }
}

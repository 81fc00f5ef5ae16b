using Cirrus.Tensors;

namespace Cirrus.Playground;

/// <summary>Random choices in sequence, from a counter-based source: the same seed gives the same throws everywhere.</summary>
internal sealed class Dice(Philox source)
{
    private ulong _thrown;

    public Philox Source { get; } = source;

    /// <summary>Uniform in [0, n).</summary>
    public int Below(int n) => Source.Integer(_thrown++, n);

    /// <summary>Uniform in [0, 1).</summary>
    public float Share() => Source.Uniform(_thrown++);

    /// <summary>Uniform in [low, high).</summary>
    public float Between(float low, float high) => low + ((high - low) * Share());

    public bool Chance(float p) => Share() < p;

    public T Pick<T>(params ReadOnlySpan<T> from) => from[Below(from.Length)];

    /// <summary>A value of an enum with <paramref name="count"/> members other than <paramref name="old"/>.</summary>
    public int Other(int old, int count) => (old + 1 + Below(count - 1)) % count;

    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}

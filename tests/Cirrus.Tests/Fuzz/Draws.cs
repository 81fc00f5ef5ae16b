using Cirrus.Tensors;

namespace Cirrus.Tests.Fuzz;

/// <summary>Random choices of one case: the same for the same seed, subject and number, whatever ran before.</summary>
internal sealed class Draws(ulong seed, string subject, int number)
{
    private readonly Philox _random = new Philox(seed, (ulong)number).Fork(Name(subject));
    private ulong _at;

    /// <summary>A whole number in [0, below).</summary>
    public int Below(int below) => _random.Integer(_at++, below);

    public bool Chance(int percent) => Below(100) < percent;

    public T Of<T>(params ReadOnlySpan<T> some) => some[Below(some.Length)];

    /// <summary>FNV-1a: string.GetHashCode differs from run to run.</summary>
    private static ulong Name(string subject) => subject.Aggregate(14695981039346656037, (h, c) => (h ^ c) * 1099511628211);
}

using Cirrus.Methods;
using Cirrus.Tensors;
using Cirrus.Tests.Methods.LinCir;

namespace Cirrus.Tests.Methods;

/// <summary>Triplets for <see cref="TinyClip"/>: pictures of noise, and words that name the difference between them.</summary>
internal static class TinyTriplets
{
    /// <summary>Of every four triplets one has two captions; targets are noise of the words' own.</summary>
    public static TripletSet Create(int count) => new(
        new([.. Enumerable.Range(0, 2 * count).Select(i => $"{i}")], $"tiny {count}", (i, _) =>
            [.. Enumerable.Range(0, 3 * 16 * 16).Select(k => new Philox(5, (ulong)i).Normal((ulong)k))]),
        [.. Enumerable.Range(0, count).Select(i => new Triplet(2 * i, i % 4 == 0 ? [$"is {i}", $"and has {i}."] : [$"is {i}"], (2 * i) + 1))]);
}

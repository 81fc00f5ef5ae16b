using Cirrus.Evaluation;
using Cirrus.Gallery;
using Cirrus.Methods;
using Cirrus.Tensors;

namespace Cirrus.Tests.Methods;

public sealed class MaskedTermTests
{
    [Fact]
    public void Ones_give_the_cosine()
    {
        float[] u = UnitVectors.Normalize([1, 2, 3]), t = UnitVectors.Normalize([-1, 5, 2]);
        Assert.Equal((-1 + 10 + 6) / (Math.Sqrt(14) * Math.Sqrt(30)), MaskedTerm.Score([MaskedTerm.Plain(u)], t), 1e-6);
    }

    // m⊙t = (0.6, 0.4, 0), its length √0.52; u·(m⊙t) = 0.5·0.6 + 2·0.4 = 1.1. The second term: (0, 0.8, 0) seen by (0, 1, 0): 1.
    [Fact]
    public void Two_terms_worked_out_by_hand()
    {
        MaskedTerm[] terms = [new([0.5f, 2, 7], [1, 0.5f, 0]), new([0, 1, 0], [0, 3, 0])];
        Assert.Equal((1.1 / Math.Sqrt(0.52)) + 1, MaskedTerm.Score(terms, [0.6f, 0.8f, 0]), 1e-6);
    }

    [Fact]
    public void What_a_mask_hides_scores_nothing_and_other_sizes_are_refused()
    {
        Assert.Equal(0, MaskedTerm.Score([new([1, 1], [0, 1])], [1, 0]));
        Assert.Equal(0, MaskedTerm.Score([], [1, 0]));
        Assert.Throws<ArgumentException>(() => MaskedTerm.Score([new([1, 1], [1, 1])], [1, 0, 0]));
    }

    [Fact]
    public void Search_and_evaluator_rank_by_the_terms_and_agree()
    {
        const int P = 5, N = 40;
        float[][] features = [.. Enumerable.Range(0, N).Select(i => Normal((ulong)i, P))];
        MaskedTerm[][] terms = [.. Enumerable.Range(0, 3).Select(q => new MaskedTerm[]
        {
            new(Normal(100 + (ulong)q, P), Normal(200 + (ulong)q, P)), MaskedTerm.Plain(Normal(300 + (ulong)q, P)),
        })];
        using Device device = Device.Open("cpu");
        Benchmark benchmark = new("b", "s", [.. Enumerable.Range(0, N).Select(i => $"{i}")], ["r"], ["t"],
            [.. Enumerable.Range(0, 3).Select(_ => new BenchmarkQuery(0, -1, ["x"], [[1]], "f"))], [Metric.Recall(1)]);
        using Evaluator evaluator = new(benchmark, new(P, [.. features.SelectMany(f => f)], new float[P]), device);
        int[][] ranked = evaluator.Run(new("m", new MaskedComposer(terms)), null, TestContext.Current.CancellationToken).Ranked;

        using TempFolder folder = new();
        using (GalleryWriter writer = GalleryWriter.Create(folder.At(".cirrus"), folder.Path,
            new("toy", "0123456789abcdef", null, P, "openai 224", "exif")))
            writer.Commit(new() { Added = [.. features.Select((f, i) => StoredRow.Of(new(0, $"{i}", 1, 1, $"{i}", 1, 1), f))] });
        using GalleryFolder gallery = GalleryFolder.Open(folder.At(".cirrus"));
        for (int q = 0; q < 3; q++)
        {
            IReadOnlyList<GalleryHit> hits = gallery.Search(row => MaskedTerm.Score(terms[q], row), 10, null, TestContext.Current.CancellationToken);
            Assert.Equal(ranked[q].Take(10).Select(i => $"{i}"), hits.Select(h => h.Item.Path));
            Assert.NotEqual(gallery.Search(UnitVectors.Normalize(terms[q][1].Vector), 10).Select(h => h.Item.Path), hits.Select(h => h.Item.Path));
        }
    }

    [Fact]
    public void A_composer_that_looks_at_patches_is_given_those_of_the_reference_or_refused()
    {
        using Device device = Device.Open("cpu");
        Benchmark benchmark = new("b", "s", ["0", "1"], ["r", "s"], ["t"], [new(1, -1, ["x"], [[1]], "f")], [Metric.Recall(1)]);
        BenchmarkFeatures features = new(2, [1, 0, 0, 1], [1, 0, 0, 1]);
        MaskedComposer composer = new([[MaskedTerm.Plain([1, 0])]]) { Patches = true };
        using (Evaluator blind = new(benchmark, features, device))
            Assert.Throws<CirrusException>(() => blind.Run(new("m", composer), null, TestContext.Current.CancellationToken));
        using Evaluator evaluator = new(benchmark, features with { Patches = row => [row, 7] }, device);
        evaluator.Run(new("m", composer), null, TestContext.Current.CancellationToken);
        Assert.Equal([1f, 7f], composer.Asked.Single().Patches!.Single());
    }

    private static float[] Normal(ulong stream, int n) => [.. Enumerable.Range(0, n).Select(i => new Philox(4, stream).Normal((ulong)i))];

    private sealed class MaskedComposer(MaskedTerm[][] terms) : Composer
    {
        public List<Composition> Asked { get; } = [];

        public bool Patches { get; init; }

        public override string Name => "masked";

        public override bool NeedsPatches => Patches;

        public override float[] Compose(IReadOnlyList<Composition> queries) => throw new NotSupportedException();

        public override IReadOnlyList<MaskedTerm>[] ComposeMasked(IReadOnlyList<Composition> queries)
        {
            Asked.AddRange(queries);
            return [.. terms];
        }

        public override string Prompt(string? text, bool hasPicture) => text ?? "";
    }
}
